use super::{check, fail, given};

#[test]
fn case_is_changed_character_by_character() {
    check(&[
        (r#"lower("İSTANBUL")"#, r#""istanbul""#),
        (r#"upper("ñandú ß")"#, r#""ÑANDÚ ß""#),
        (r#"title("o'neil's héllo 1st")"#, r#""O'Neil'S Héllo 1st""#),
        ("upper(12)", r#""12""#),
        (r#"upper("a-${unknown}")"#, r#""A-?""#),
    ]);
}

#[test]
fn characters_are_what_people_see() {
    check(&[
        (r#"strrev("e\u0301x")"#, r#""xé""#),
        (r#"length("👨‍👩‍👧")"#, "1"),
        (r#"substr("e\u0301abc", 0, 1)"#, r#""é""#),
        (r#"split("", "é☃x")"#, r#"["é", "☃", "x"]"#),
    ]);
}

#[test]
fn substr_counts_from_either_end() {
    check(&[
        (r#"substr("hello world", 1, 4)"#, r#""ello""#),
        (r#"substr("hello", 0, -1)"#, r#""hello""#),
        (r#"substr("hello", -3, 2)"#, r#""ll""#),
        (r#"substr("hello", -10, 3)"#, r#""hel""#),
        (r#"substr("hello", 10, 2)"#, r#""""#),
        (r#"substr("arn:${unknown}", 0, 3)"#, r#""arn""#),
        (r#"substr("arn:${unknown}", 0, 4)"#, "?"),
        (r#"substr("arn:${unknown}", 0, 0)"#, r#""""#),
    ]);
    fail(&[r#"substr("hello", 1.5, 2)"#]);
}

#[test]
fn ends_are_trimmed() {
    check(&[
        (r#"chomp("hello\r\n\n")"#, r#""hello""#),
        (r#"chomp("${unknown}x\n")"#, r#""?x""#),
        (r#"chomp("${unknown}\n")"#, "?"),
        (r#"trim("?!hello?!", "!?")"#, r#""hello""#),
        (r#"trimspace("\t a b\r\n")"#, r#""a b""#),
        (r#"trimprefix("helloworld", "hello")"#, r#""world""#),
        (r#"trimsuffix("a--", "-")"#, r#""a-""#),
        (r#"trimsuffix("${unknown}.example.com.", ".")"#, r#""?.example.com""#),
        (r#"trimprefix("https://${unknown}", "https://")"#, r#""?""#),
        (r#"trimprefix("http${unknown}", "https://")"#, "?"),
        (r#"trimprefix("http${unknown}", "ftp")"#, r#""http?""#),
    ]);
    fail(&["trimspace(null)"]);
}

#[test]
fn lines_are_indented_but_for_the_first() {
    check(&[(r#"indent(2, "a\nb")"#, r#""a\n  b""#), (r#"indent(2, "a\n${unknown}")"#, r#""a\n  ?""#)]);
    fail(&[r#"indent(-1, "a")"#, r#"indent(1e9, "\n")"#]);
}

#[test]
fn what_is_around_a_hole_decides_where_it_can() {
    check(&[
        (r#"startswith("id-${unknown}", "id-")"#, "true"),
        (r#"startswith("id-${unknown}", "zz")"#, "false"),
        (r#"startswith("id-${unknown}", "id-x")"#, "?"),
        (r#"endswith("${unknown}.log", ".log")"#, "true"),
        (r#"endswith("${unknown}.log", ".txt")"#, "false"),
        (r#"strcontains("a-${unknown}", "a-")"#, "true"),
        (r#"strcontains("a-${unknown}", "b")"#, "?"),
        (r#"strcontains("abc", "x${unknown}")"#, "false"),
        (r#"strcontains(1234, 23)"#, "true"),
        (r#"endswith("", "x")"#, "false"),
    ]);
}

#[test]
fn texts_are_joined_and_split() {
    check(&[
        (r#"join("-", ["a"], ["b", "c"])"#, r#""a-b-c""#),
        (r#"join(",", [3, true])"#, r#""3,true""#),
        (r#"join("-", ["a", unknown])"#, r#""a-?""#),
        (r#"join("-", unknown)"#, "?"),
        (r#"join(",", concat(["a"], doubt ? ["b"] : []))"#, "?"),
        (r#"split(",", "")"#, r#"[""]"#),
        (r#"split(" ", " a b ")"#, r#"["", "a", "b", ""]"#),
        (r#"split("/", "10.0.0.0/16")[1]"#, r#""16""#),
        (r#"split(":", "arn:aws:s3:${unknown}")"#, r#"["arn", "aws", "s3", "?", ...]"#),
        (r#"split(":", "arn:aws:x${unknown}")"#, r#"["arn", "aws", "x?", ...]"#),
        (r#"split("", "ab${unknown}")"#, r#"["a", ...]"#),
        (r#"split("--", "a--b-${unknown}")"#, r#"["a", "?", ...]"#),
        (r#"split(":", "arn:aws:s3:${unknown}")[1]"#, r#""aws""#),
    ]);
    fail(&[r#"join(",", [null])"#, r#"join(",", [["a"]])"#, r#"join(",", "x")"#, r#"split(",", null)"#]);
}

#[test]
fn patterns_are_those_of_re2() {
    check(&[
        (r#"regex("[a-z]+", "534aaab5")"#, r#""aaab""#),
        (r#"regex("(\\d+)-(\\d+)", "2019-02")"#, r#"["2019", "02"]"#),
        (r#"regex("(a)|(b)", "b")"#, r#"[null, "b"]"#),
        (r#"regex("(?P<y>\\d+)(?:-(?P<m>\\d+))?", "2020")"#, r#"{y = "2020", m = null}"#),
        (r#"regexall("[a-z]", "1a2b")"#, r#"["a", "b"]"#),
        (r#"regex("\\d+", "٣5")"#, r#""5""#),
        (r#"regex("[[\\w.]+", "é[a.b")"#, r#""[a.b""#),
        (r#"regex("{a}", "{a}")"#, r#""{a}""#),
        (r#"regex("a{2}", "aaa")"#, r#""aa""#),
        (r#"regex("\\Qa.b\\E", "axb a.b")"#, r#""a.b""#),
        (r#"can(regex("x", "abc"))"#, "false"),
        (r#"regex("x", unknown)"#, "?"),
    ]);
    fail(&[
        r#"regex("(?P<a>x)(y)", "xy")"#,
        r#"regex("(?=x)", "x")"#,
        r#"regex("(a)\\1", "aa")"#,
        r#"regex("[", "x")"#,
    ]);
    assert_eq!(given(r#"regex("x", "abc")"#), "error: argument 2 of `regex`: nothing in it matches the pattern");
}

#[test]
fn slashes_make_a_pattern_of_what_is_replaced() {
    check(&[
        (r#"replace("hello world", "/w.*d/", "everybody")"#, r#""hello everybody""#),
        (r#"replace("hello", "/(l)(l)/", "$1x")"#, r#""heo""#),
        (r#"replace("hello", "/(l)(l)/", "$${1}x")"#, r#""helxo""#),
        (r#"replace("a/b/c", "//", "-")"#, r#""-a-/-b-/-c-""#),
        (r#"replace("a.b", ".", "-")"#, r#""a-b""#),
        (r#"replace("a.b.${unknown}", ".", "-")"#, r#""a-b-?""#),
        (r#"replace("ab${unknown}", "ab", "-")"#, "?"),
    ]);
}
