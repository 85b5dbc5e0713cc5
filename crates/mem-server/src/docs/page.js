"use strict";
// Draws openapi.json: every operation with its fields and answers, and a form to try it.

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};

let description = null;

const resolve = (schema) => {
  while (schema && schema.$ref) {
    schema = schema.$ref.split("/").slice(1).reduce((place, name) => place[name], description);
  }
  return schema || {};
};

const typeOf = (schema) => {
  const name = schema && schema.$ref ? schema.$ref.split("/").pop() : null;
  const whole = resolve(schema);
  const options = whole.oneOf || whole.anyOf;
  if (options) return options.map(typeOf).join(" or ");
  if (whole.allOf) return whole.allOf.map(typeOf).join(" and ");
  if (whole.enum) return whole.enum.map((value) => JSON.stringify(value)).join(" | ");
  const type = Array.isArray(whole.type) ? whole.type.join(" or ") : whole.type || "any";
  if (whole.type === "array") return `array of ${typeOf(whole.items)}`;
  return type === "object" && name ? name : type;
};

const limits = (schema) => {
  const whole = resolve(schema);
  const words = [];
  if (whole.minimum !== undefined) words.push(`from ${whole.minimum}`);
  if (whole.exclusiveMinimum !== undefined) words.push(`above ${whole.exclusiveMinimum}`);
  if (whole.maximum !== undefined) words.push(`to ${whole.maximum}`);
  if (whole.default !== undefined) words.push(`default ${JSON.stringify(whole.default)}`);
  return words.join(", ");
};

const fieldsOf = (schema) => {
  const whole = resolve(schema);
  const parts = whole.allOf ? whole.allOf.map(resolve) : [whole];
  return parts.flatMap((part) =>
    Object.entries(part.properties || {}).map(([name, field]) => [name, field, (part.required || []).includes(name)]));
};

const table = (heads, rows) =>
  make("div", { className: "scroll" },
    make("table", {},
      make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { textContent: head, scope: "col" })))),
      make("tbody", {}, ...rows.map((cells) => make("tr", {}, ...cells.map((cell) => make("td", {}, cell)))))));

const code = (text) => make("code", { textContent: text });

const fieldTable = (schema) => {
  const fields = fieldsOf(schema);
  if (fields.length === 0) return null;
  return table(["field", "type", "", "meaning"], fields.map(([name, field, required]) => [
    code(name), typeOf(field), [required ? "required" : "", limits(field)].filter(Boolean).join("; "),
    field.description || resolve(field).description || "",
  ]));
};

const example = (schema, depth = 0) => {
  const whole = resolve(schema);
  if (whole.default !== undefined) return whole.default;
  if (whole.enum) return whole.enum[0];
  if (whole.oneOf || whole.anyOf) return example((whole.oneOf || whole.anyOf)[0], depth);
  const type = Array.isArray(whole.type) ? whole.type[0] : whole.type;
  if (type === "object" && depth < 5) {
    return Object.fromEntries(fieldsOf(schema).filter(([, , required]) => required)
      .map(([name, field]) => [name, example(field, depth + 1)]));
  }
  if (type === "array") return [example(whole.items, depth + 1)];
  return { string: "text", number: 1, integer: 1, boolean: true }[type] ?? null;
};

const attempt = (method, path, operation) => {
  const inputs = {};
  const form = make("form");
  for (const parameter of operation.parameters || []) {
    const input = make("input", { id: `${method}${path}${parameter.name}`, required: parameter.required === true });
    inputs[parameter.name] = { input, place: parameter.in };
    form.append(make("label", { textContent: parameter.name, htmlFor: input.id }), input);
  }
  const body = operation.requestBody && operation.requestBody.content["application/json"].schema;
  const text = body ? make("textarea", { value: JSON.stringify(example(body), null, 2), spellcheck: false }) : null;
  if (text) {
    text.setAttribute("aria-label", "Body");
    form.append(text);
  }
  const answer = make("pre", { hidden: true });
  form.append(make("button", { type: "submit", textContent: "Send" }), answer);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    let address = path;
    const query = new URLSearchParams();
    for (const [name, { input, place }] of Object.entries(inputs)) {
      if (place === "path") address = address.replace(`{${name}}`, encodeURIComponent(input.value));
      else if (input.value !== "") query.set(name, input.value);
    }
    const headers = {};
    const token = document.getElementById("token").value;
    if (token) headers.Authorization = `Bearer ${token}`;
    if (text) headers["Content-Type"] = "application/json";
    const asked = performance.now();
    answer.hidden = false;
    answer.textContent = "…";
    try {
      const response = await fetch(address + (query.size ? `?${query}` : ""), { method: method.toUpperCase(), headers, body: text ? text.value : undefined });
      const took = (performance.now() - asked).toFixed(1);
      let said = await response.text();
      try {
        said = JSON.stringify(JSON.parse(said), null, 2);
      } catch {
        // Not JSON: shown as it came.
      }
      answer.textContent = `${response.status} ${response.statusText}, ${took} ms\n\n${said.slice(0, 100000)}`;
    } catch (error) {
      answer.textContent = `No answer: ${error.message}`;
    }
  });
  return form;
};

const operationOf = (method, path, operation) => {
  const body = operation.requestBody && operation.requestBody.content["application/json"].schema;
  const inside = make("div", {});
  if (operation.description && operation.description !== operation.summary) inside.append(make("p", { textContent: operation.description }));
  if ((operation.parameters || []).length) {
    inside.append(table(["parameter", "type", "", "meaning"], operation.parameters.map((one) =>
      [code(one.name), typeOf(one.schema), [one.required ? "required" : "", limits(one.schema)].filter(Boolean).join("; "), one.description || ""])));
  }
  if (body) inside.append(make("h3", { textContent: "Body" }), fieldTable(body) || make("p", { textContent: typeOf(body) }));
  inside.append(make("h3", { textContent: "Answers" }), table(["status", "meaning", "body"],
    Object.entries(operation.responses).map(([status, response]) => {
      const content = Object.values(response.content || {})[0];
      return [code(status), response.description, content ? typeOf(content.schema) : ""];
    })));
  const good = operation.responses["200"] && operation.responses["200"].content && operation.responses["200"].content["application/json"];
  if (good && fieldTable(good.schema)) inside.append(make("h3", { textContent: "Fields of the answer" }), fieldTable(good.schema));
  const trying = make("details", {}, make("summary", { textContent: "Try it" }), make("div", {}, attempt(method, path, operation)));
  inside.append(trying);
  const details = make("details", { id: `${method}${path.replaceAll("/", "-")}` },
    make("summary", {}, make("b", { textContent: method.toUpperCase() }), code(path), make("span", { className: "quiet", textContent: operation.summary || "" })));
  // Drawn when it is opened: the list stays quick.
  details.addEventListener("toggle", () => {
    if (details.open && !inside.isConnected) details.append(inside);
  });
  return details;
};

const draw = (read) => {
  description = read;
  document.getElementById("about").textContent = `Version ${read.info.version}. ${read.info.description}`;
  const place = document.getElementById("operations");
  for (const tag of read.tags || []) {
    place.append(make("h2", { textContent: `${tag.name}: ${tag.description}` }));
    for (const [path, methods] of Object.entries(read.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        if ((operation.tags || []).includes(tag.name)) place.append(operationOf(method, path, operation));
      }
    }
  }
};

fetch("/openapi.json").then((response) => response.json()).then(draw).catch((error) => {
  const about = document.getElementById("about");
  about.className = "bad";
  about.textContent = `The description could not be read: ${error.message}`;
});
