use super::{check, fail, given};

#[test]
fn dates_are_formatted() {
    check(&[
        (
            r#"formatdate("EEEE, DD-MMM-YY hh:mm:ss ZZZ", "2018-01-02T23:12:01Z")"#,
            r#""Tuesday, 02-Jan-18 23:12:01 UTC""#,
        ),
        (r#"formatdate("H:m:s AA aa 'o''clock'", "2018-01-02T03:02:01Z")"#, r#""3:2:1 AM am o'clock""#),
        (
            r#"formatdate("MMMM D YYYY Z ZZZZ ZZZZZ", "2020-02-29T00:00:00-03:30")"#,
            r#""February 29 2020 -03:30 -0330 -03:30""#,
        ),
        (r#"formatdate("EEE M h HH", "2020-02-29T00:00:00Z")"#, r#""Sat 2 0 12""#),
        (r#"formatdate("YYYY", timestamp())"#, "?"),
        (r#"timestamp() == null"#, "false"),
    ]);
    fail(&[
        r#"formatdate("'unterminated", "2018-12-02T03:02:01Z")"#,
        r#"formatdate("YYY", "2020-02-29T00:00:00Z")"#,
        r#"formatdate("YYYY", "2020-02-30T00:00:00Z")"#,
        r#"formatdate("YYYY", "2020-02-29")"#,
    ]);
}

#[test]
fn times_are_added_and_compared() {
    check(&[
        (r#"timeadd("2017-11-22T00:00:00+02:00", "1h30m15s")"#, r#""2017-11-22T01:30:15+02:00""#),
        (r#"timeadd("2017-11-22T00:00:00Z", "-1.5h")"#, r#""2017-11-21T22:30:00Z""#),
        (r#"timecmp("2017-11-22T01:00:00Z", "2017-11-22T00:00:00-01:00")"#, "0"),
        (r#"timecmp("2017-11-22T00:00:00Z", "2017-11-22T01:00:00Z")"#, "-1"),
    ]);
    fail(&[
        r#"timeadd("2017-11-22T00:00:00Z", "1d")"#,
        r#"timeadd("2017-11-22T00:00:00Z", "")"#,
        r#"timeadd("2017-11-22T00:00:00Z", "99999999999999999h")"#,
        r#"timeadd("2017-11-22", "1h")"#,
    ]);
}

#[test]
fn files_are_read_through_the_scope() {
    check(&[
        (r#"file("a.txt")"#, r#""héllo\n""#),
        (r#"filebase64("binary")"#, r#""//4A""#),
        (r#"fileexists("a.txt")"#, "true"),
        (r#"fileexists("b.txt")"#, "false"),
        (r#"fileexists("/etc/nothing")"#, "?"),
        (r#"fileset(".", "*.json")"#, r#"["a.json", "b.json"]"#),
        ("file(unknown)", "?"),
        (r#"try(file("b.txt"), "none")"#, r#""none""#),
    ]);
    fail(&[r#"file("binary")"#, r#"file("b.txt")"#, r#"fileexists("")"#]);
    assert_eq!(given(r#"file("b.txt")"#), "error: there is no file b.txt");
}

#[test]
fn paths_are_taken_apart() {
    check(&[
        (r#"basename("foo/bar.txt")"#, r#""bar.txt""#),
        (r#"basename("")"#, r#"".""#),
        (r#"basename("/")"#, r#""/""#),
        (r#"dirname("foo/bar/baz.txt")"#, r#""foo/bar""#),
        (r#"dirname("a//b")"#, r#""a""#),
        (r#"dirname("/a")"#, r#""/""#),
        (r#"dirname("a")"#, r#"".""#),
        (r#"abspath("/a/../b")"#, r#""/b""#),
        (r#"abspath("a")"#, "?"),
        (r#"pathexpand("a")"#, r#""a""#),
        (r#"pathexpand("~/a")"#, "?"),
    ]);
    fail(&[r#"pathexpand("~other/a")"#]);
}
