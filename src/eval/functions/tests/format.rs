use super::{check, fail, in_rule};

#[test]
fn verbs_write_values() {
    check(&[
        (r#"format("There are %d lights", 4)"#, r#""There are 4 lights""#),
        (r#"format("%-5d|%+d|% d|%05d", 42, 42, 42, -42)"#, r#""42   |+42| 42|-0042""#),
        (r#"format("%x %X %o %b %#x", 255, 255, 8, 5, 255)"#, r#""ff FF 10 101 0xff""#),
        (r#"format("%t", "true")"#, r#""true""#),
        (r#"format("%.2f|%08.3f|%f", 3.14159, -3.14159, 2)"#, r#""3.14|-003.142|2.000000""#),
        (r#"format("%E|%.1e", 12345.678, 12345.678)"#, r#""1.234568E+04|1.2e+04""#),
        (r#"format("%g|%g|%v|%.3g", 1e21, 0.1, 1234567, 1234567)"#, r#""1e+21|0.1|1.234567e+06|1.23e+06""#),
        (r#"format("%10s|%-4s|%.2s|%05s", "abc", "é☃", "abcdef", "ab")"#, r#""       abc|é☃  |ab|000ab""#),
        (r#"format("%[2]s %[1]s %2[1]s", "a", "b")"#, r#""b a  a""#),
        (r#"format("100%%")"#, r#""100%""#),
        (r#"format("%v", "str")"#, r#""str""#),
    ]);
}

#[test]
fn what_does_not_fit_its_verb_is_an_error() {
    fail(&[
        r#"format("%s %s", "a")"#,
        r#"format("", 1)"#,
        r#"format("%c", 65)"#,
        r#"format("%d", 1.5)"#,
        r#"format("%s", [1])"#,
        r#"format("%t", 1)"#,
        r#"format("%s", tostring(null))"#,
        r#"format("%")"#,
        r#"format("%[0]s", "a")"#,
        r#"format("%99999999999999999999s", "a")"#,
    ]);
}

#[test]
fn an_unknown_leaves_a_hole() {
    check(&[
        (r#"format("%s-x", unknown)"#, r#""?-x""#),
        (r#"format("a-%05d", unknown)"#, r#""a-?""#),
        (r#"format("%s", "a-${unknown}")"#, r#""a-?""#),
        (r#"format("%s/%s", doubt ? "a" : "b", unknown)"#, r#""a/?" | "b/?""#),
        (r#"format(unknown, 1)"#, "?"),
    ]);
}

#[test]
fn a_message_of_a_rule_does_not_fail_for_what_is_missing() {
    assert_eq!(in_rule(r#"format("it is %s", tags.Nothing)"#), r#""it is (not set)""#);
}

#[test]
fn lists_are_formatted_side_by_side() {
    check(&[
        (r#"formatlist("%s-%s", ["a", "b"], "x")"#, r#"["a-x", "b-x"]"#),
        (r#"formatlist("%s=%d", ["a", "b"], [1, 2])"#, r#"["a=1", "b=2"]"#),
        (r#"formatlist("%s-%s", ["a", "b"], unknown)"#, r#"["a-?", "b-?"]"#),
        (r#"formatlist("%s", unknown)"#, "?"),
        (r#"formatlist("x")"#, r#"["x"]"#),
        (r#"formatlist("%s", [])"#, "[]"),
    ]);
    fail(&[r#"formatlist("%s-%s", ["a", "b"], ["x"])"#, r#"formatlist("%s", [[1]])"#]);
}
