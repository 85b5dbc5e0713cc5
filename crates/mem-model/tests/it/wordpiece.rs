//! Text as numbers of a vocabulary, beside Python's tokenizers.

use mem_model::sentiment::transformer::WordPiece;
use serde_json::json;

use crate::python::ask;

const SCRIPT: &str = r"
import json, sys, tempfile
from tokenizers import BertWordPieceTokenizer
got = json.load(sys.stdin)
made = BertWordPieceTokenizer(lowercase=True)
made.train_from_iterator(got['texts'], vocab_size=4000, show_progress=False)
out = {'vocabulary': '\n'.join(t for t, _ in sorted(made.get_vocab().items(), key=lambda one: one[1]))}
with tempfile.NamedTemporaryFile('w', suffix='.txt') as file:
    file.write(out['vocabulary'])
    file.flush()
    for lower in [True, False]:
        reader = BertWordPieceTokenizer(file.name, lowercase=lower)
        reader.enable_truncation(48)
        out['lower' if lower else 'as it is'] = [one.ids for one in reader.encode_batch(got['texts'])]
json.dump(out, sys.stdout)
";

#[test]
fn headlines_have_the_numbers_that_they_have_in_python() {
    let Some(folder) = mem_testkit::real_data("sentiment") else { return };
    let mut texts: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().ends_with(".csv.gz") {
            let text = mem_testkit::read_text(&path);
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            texts.extend(reader.records().take(1500).map(|record| record.unwrap()[1].to_owned()));
        }
    }
    assert!(texts.len() > 2000);
    texts.extend(
        [
            "",
            "   ",
            "Crédit Société — “naïve” façade: £5, €7, $9…",
            "İstanbul ΣΑΣ ẞ ﬁx Ǆ ½ ² ①",
            "日本株は上昇 한국 शेयर बाजार سوق الأسهم",
            "tab\tline\nzero\u{0}width\u{200b}soft\u{ad}bom\u{feff}bad\u{fffd}",
            "🚀🚀 to the moon! 👩‍💻 #stocks @you http://a.b/c?d=e&f=1%",
            "a\u{301}b\u{20d7}c\u{903}d\u{a0}e\u{3000}f\u{2028}g",
            &"x".repeat(100),
            &"x".repeat(101),
        ]
        .map(str::to_owned),
    );
    let Some(theirs) = ask("tokenizers", SCRIPT, &json!({"texts": texts})) else { return };
    let vocabulary = theirs["vocabulary"].as_str().unwrap();
    for (lower, name) in [(true, "lower"), (false, "as it is")] {
        let words = WordPiece::new(vocabulary, lower).unwrap();
        for (text, theirs) in texts.iter().zip(theirs[name].as_array().unwrap()) {
            let theirs: Vec<i32> = serde_json::from_value(theirs.clone()).unwrap();
            assert_eq!(words.ids(text, 48), theirs, "{name}: {text:?}");
        }
    }
}
