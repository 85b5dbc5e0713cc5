use super::*;

fn resolve(text: &str) -> Result<Route, String> {
    let config: RouteConfig = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    config.resolve("ops", |name| (name == "mine").then(|| Secret::new("123:kept-secret")))
}

fn refused(text: &str) -> String {
    resolve(text).expect_err("a mistake")
}

#[test]
fn routes_mean_what_was_typed() {
    assert!(matches!(resolve("type = \"log\"").unwrap().destination, Destination::Log));
    let route =
        resolve("type = \"webhook\"\nurl = \"https://a.example/x\"\nmin_severity = \"red\"\ntries = 2").unwrap();
    assert_eq!((route.manner.min_severity, route.manner.tries, route.manner.most), (Severity::Red, 2, 20));
    let route = resolve("type = \"telegram\"\ntoken_from = \"mine\"\nchat = \"-1\"").unwrap();
    let Destination::Telegram(telegram) = route.destination else { panic!("Telegram") };
    assert_eq!((telegram.token.expose(), telegram.endpoint.as_str()), ("123:kept-secret", "https://api.telegram.org"));
    assert!(resolve("type = \"discord\"\nurl = \"https://a.example/x\"").is_ok());
}

#[test]
fn mistakes_are_named() {
    let at = |rest: &str| format!("alerts.routes.ops.{rest}");
    for (text, expected) in [
        ("type = \"webhook\"", at("url is missing: type \"webhook\" needs it")),
        ("type = \"webhook\"\nurl = \"ftp://a\"", at("url is no http:// or https:// address")),
        (
            "type = \"webhook\"\nurl = \"https://a\"\nurl_from = \"mine\"",
            at("url is given twice: here and by url_from"),
        ),
        ("type = \"webhook\"\nurl_from = \"mine\"", at("url is no http:// or https:// address")),
        ("type = \"discord\"\nurl_from = \"other\"", at("url_from is 'other': no such credential")),
        ("type = \"log\"\nchat = \"1\"", at("chat is no field of type \"log\"")),
        ("type = \"telegram\"\ntoken = \"\"\nchat = \"1\"", at("token is empty")),
        (
            "type = \"telegram\"\ntoken = \"a/../b\"\nchat = \"1\"",
            at("token holds what no token has: expected letters, digits and : _ -"),
        ),
        ("type = \"log\"\nper_minute = 0", at("per_minute is 0: expected 1 to 600")),
        ("type = \"log\"\ntimeout_s = inf", at("timeout_s is inf: expected 1 to 60")),
    ] {
        assert_eq!(refused(text), expected);
    }
    assert!(refused("type = \"log\"\nurgent = true").starts_with("unknown field `urgent`"));
    assert!(refused("type = \"pager\"").starts_with("unknown variant `pager`"));
}

#[cfg(feature = "smtp")]
#[test]
fn passwords_stay_on_this_machine_or_are_protected() {
    let mail = |more: &str| {
        resolve(&format!("type = \"email\"\nfrom = \"MEM <mem@a.example>\"\nto = [\"ops@a.example\"]\n{more}"))
    };
    let port = |more: &str| match mail(more).unwrap().destination {
        Destination::Email(email) => email.port,
        other => panic!("{other:?}"),
    };
    assert_eq!(port("server = \"a.example\""), 465);
    assert_eq!(port("server = \"a.example\"\nencryption = \"starttls\""), 587);
    let login = "encryption = \"none\"\nusername = \"u\"\npassword = \"p\"";
    assert_eq!(port(&format!("server = \"127.0.0.1\"\nport = 2525\n{login}")), 2525);
    let error = mail(&format!("server = \"a.example\"\n{login}")).unwrap_err();
    let expected = "alerts.routes.ops.encryption is \"none\": a password goes unprotected to this machine only";
    assert_eq!(error, expected);
    assert!(mail("server = \"a.example\"\nusername = \"u\"").unwrap_err().contains("password is missing"));
    assert!(refused("type = \"email\"\nserver = \"a\"\nfrom = \"nobody\"").contains("from is no mailbox"));
}

#[test]
fn what_is_written_down_holds_no_secret() {
    let text = "type = \"webhook\"\nurl = \"https://a.example/plantedurl\"\nsign_key = \"plantedkey\"";
    let config: RouteConfig = toml::from_str(text).unwrap();
    let route = resolve(text).unwrap();
    for shown in [toml::to_string(&config).unwrap(), format!("{config:?}"), format!("{route:?}")] {
        assert!(!shown.contains("planted"), "{shown}");
        assert!(shown.contains("<redacted>"));
    }
}
