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
        // Of two that are as near, the even one, by all digits that the number has.
        (r#"format("%.0f %.0f %.0f %.1f %.2f", 0.5, 1.5, 2.5, 0.25, 1.005)"#, r#""0 2 2 0.2 1.00""#),
        (
            r#"format("%f %.3f %d", 1e21, 2 / 3, 1e21)"#,
            r#""1000000000000000000000.000000 0.667 1000000000000000000000""#,
        ),
        (r#"format("%x %b", 1e21, 1e10)"#, r#""3635c9adc5dea00000 1001010100000010111110010000000000""#),
        (r#"format("%v %g %v %v", 1e-7, 1000000, 100000, 0.1)"#, r#""1e-07 1e+06 100000 0.1""#),
        (r#"format("%.3g|%.10g|%G|%e", 1234567, 100000, 1e-10, 0)"#, r#""1.23e+06|100000|1E-10|0.000000e+00""#),
        (r#"format("%.4d|%8.3d|%08.3d|%#08x|%#o", 5, 5, 5, 255, 8)"#, r#""0005|     005|     005|0x0000ff|010""#),
        (r#"format("%05v|%-05v|%.0s", 12, 12, "ab")"#, r#""00012|12000|ab""#),
        (r#"format("%v|%g|%+f|%06d", 1 / 0, -1 / 0, 1 / 0, -5)"#, r#""+Inf|-Inf|+Inf|-00005""#),
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
        // A null without a type is none that Terraform formats.
        (r#"format("%s", null)"#, "?"),
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
