//! A shell script as commands: enough of the shell's grammar to tell commands from data.

/// Substitutions inside of substitutions are followed this deep.
const MAX_DEPTH: usize = 6;

/// Words that stand in front of a command and are none.
const RESERVED: [&str; 14] =
    ["if", "then", "elif", "else", "fi", "while", "until", "do", "done", "{", "}", "!", "esac", "coproc"];

/// Words whose command holds data only.
const DATA_ONLY: [&str; 4] = ["for", "case", "select", "function"];

/// The commands of a script, each as its words, quotes taken off. Commands inside of `$(...)` and
/// backquotes follow the command that they stand in.
pub(super) fn commands(script: &str) -> Vec<Vec<String>> {
    let mut out = Vec::new();
    read(script, 0, &mut out);
    out
}

fn read(script: &str, depth: usize, out: &mut Vec<Vec<String>>) {
    if depth > MAX_DEPTH {
        return;
    }
    let chars: Vec<char> = script.chars().collect();
    let mut lexer = Lexer {
        chars: &chars,
        at: 0,
        word: None,
        command: Vec::new(),
        target: false,
        bodies: Vec::new(),
        inner: Vec::new(),
        depth,
    };
    while lexer.at < chars.len() {
        lexer.step(out);
    }
    lexer.end_command(out);
}

struct Lexer<'a> {
    chars: &'a [char],
    at: usize,
    word: Option<String>,
    command: Vec<String>,
    /// Set behind `>` and the like: the next word is a file.
    target: bool,
    /// The delimiters of here-documents whose bodies begin on the next line; whether tabs are cut.
    bodies: Vec<(String, bool)>,
    /// Scripts inside of substitutions of the current command.
    inner: Vec<String>,
    depth: usize,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn step(&mut self, out: &mut Vec<Vec<String>>) {
        let c = self.chars[self.at];
        self.at += 1;
        match c {
            '\\' => match self.peek(0) {
                Some('\n') => self.at += 1,
                Some('\r') if self.peek(1) == Some('\n') => self.at += 2,
                Some(next) => {
                    self.push(next);
                    self.at += 1;
                }
                None => {}
            },
            ' ' | '\t' | '\r' => self.end_word(),
            '\n' => {
                self.end_command(out);
                self.skip_bodies();
            }
            '#' if self.word.is_none() => {
                while self.peek(0).is_some_and(|c| c != '\n') {
                    self.at += 1;
                }
            }
            '\'' => self.single_quoted(),
            '"' => self.double_quoted(),
            '`' => self.back_quoted(),
            '$' => self.dollar(),
            '<' => self.less(),
            '>' => {
                // `2>` names the file that is written to.
                if self.word.as_ref().is_some_and(|w| w.bytes().all(|b| b.is_ascii_digit())) {
                    self.word = None;
                }
                self.end_word();
                while matches!(self.peek(0), Some('>' | '&' | '|')) {
                    self.at += 1;
                }
                self.target = true;
            }
            '&' if self.peek(0) == Some('>') => self.end_word(),
            '&' | '|' | ';' | ')' => self.end_command(out),
            '(' => match &self.word {
                // `name() {`
                Some(_) if self.peek(0) == Some(')') => {
                    self.at += 1;
                    self.word = None;
                    self.end_command(out);
                }
                // `list=(a b)`
                Some(word) if word.ends_with('=') => {
                    let inner = self.until_paren();
                    let word = self.word.get_or_insert_default();
                    word.push('(');
                    word.push_str(&inner);
                    word.push(')');
                }
                _ => self.end_command(out),
            },
            c => self.push(c),
        }
    }

    fn single_quoted(&mut self) {
        self.word.get_or_insert_default();
        while let Some(c) = self.peek(0) {
            self.at += 1;
            if c == '\'' {
                return;
            }
            self.push(c);
        }
    }

    fn double_quoted(&mut self) {
        self.word.get_or_insert_default();
        while let Some(c) = self.peek(0) {
            self.at += 1;
            match c {
                '"' => return,
                '\\' => match self.peek(0) {
                    Some('\n') => self.at += 1,
                    Some(next @ ('"' | '\\' | '$' | '`')) => {
                        self.push(next);
                        self.at += 1;
                    }
                    _ => self.push('\\'),
                },
                '`' => self.back_quoted(),
                '$' => self.dollar(),
                c => self.push(c),
            }
        }
    }

    fn back_quoted(&mut self) {
        let start = self.at;
        while self.peek(0).is_some_and(|c| c != '`') {
            self.at += 1;
        }
        let inner: String = self.chars[start..self.at].iter().collect();
        self.at = (self.at + 1).min(self.chars.len());
        self.word.get_or_insert_default().extend(["`", &inner, "`"]);
        self.inner.push(inner);
    }

    /// A dollar sign: `$x`, `${x}`, `${{ x }}`, `$(command)`, `$((1 + 1))`, `$'text'`.
    fn dollar(&mut self) {
        match self.peek(0) {
            Some('(') => {
                self.at += 1;
                let arithmetic = self.peek(0) == Some('(');
                let inner = self.until_paren();
                self.word.get_or_insert_default().extend(["$(", &inner, ")"]);
                if !arithmetic {
                    self.inner.push(inner);
                }
            }
            Some('{') => {
                let mut depth = 0;
                self.push('$');
                while let Some(c) = self.peek(0) {
                    self.push(c);
                    self.at += 1;
                    match c {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
            _ => self.push('$'),
        }
    }

    /// What stands up to the closing parenthesis, which is taken; all the rest if there is none.
    fn until_paren(&mut self) -> String {
        let start = self.at;
        let (mut depth, mut quote) = (1_u32, None);
        while let Some(c) = self.peek(0) {
            self.at += 1;
            if c == '\\' && quote != Some('\'') {
                self.at = (self.at + 1).min(self.chars.len());
                continue;
            }
            if quote.is_some() {
                quote = quote.filter(|open| *open != c);
                continue;
            }
            match c {
                '\'' | '"' => quote = Some(c),
                '(' => depth += 1,
                ')' if depth == 1 => return self.chars[start..self.at - 1].iter().collect(),
                ')' => depth -= 1,
                _ => {}
            }
        }
        self.chars[start..].iter().collect()
    }

    /// A less-than sign: input from a file, a string, a here-document or a command.
    fn less(&mut self) {
        self.end_word();
        if self.peek(0) == Some('(') {
            self.at += 1;
            let inner = self.until_paren();
            self.command.push(format!("<({inner})"));
            self.inner.push(inner);
            return;
        }
        if self.peek(0) != Some('<') || self.peek(1) == Some('<') {
            while matches!(self.peek(0), Some('<' | '&' | '>')) {
                self.at += 1;
            }
            self.target = true;
            return;
        }
        self.at += 1;
        let cut_tabs = self.peek(0) == Some('-');
        self.at += usize::from(cut_tabs);
        while matches!(self.peek(0), Some(' ' | '\t')) {
            self.at += 1;
        }
        let mut delimiter = String::new();
        while let Some(c) =
            self.peek(0).filter(|c| !c.is_whitespace() && !matches!(c, ';' | '|' | '&' | ')' | '>' | '<'))
        {
            if !matches!(c, '\'' | '"' | '\\') {
                delimiter.push(c);
            }
            self.at += 1;
        }
        self.bodies.push((delimiter, cut_tabs));
    }

    fn skip_bodies(&mut self) {
        for (delimiter, cut_tabs) in std::mem::take(&mut self.bodies) {
            while self.at < self.chars.len() {
                let start = self.at;
                while self.peek(0).is_some_and(|c| c != '\n') {
                    self.at += 1;
                }
                let line: String = self.chars[start..self.at].iter().collect();
                self.at = (self.at + 1).min(self.chars.len());
                let line = line.trim_end_matches('\r');
                if (if cut_tabs { line.trim_start_matches('\t') } else { line }) == delimiter {
                    break;
                }
            }
        }
    }

    fn end_word(&mut self) {
        if let Some(word) = self.word.take()
            && !std::mem::take(&mut self.target)
        {
            self.command.push(word);
        }
    }

    fn end_command(&mut self, out: &mut Vec<Vec<String>>) {
        self.end_word();
        self.target = false;
        let mut words = std::mem::take(&mut self.command);
        let reserved = words.iter().take_while(|w| RESERVED.contains(&w.as_str())).count();
        words.drain(..reserved);
        if words.first().is_some_and(|w| !DATA_ONLY.contains(&w.as_str())) {
            out.push(words);
        }
        for script in std::mem::take(&mut self.inner) {
            read(&script, self.depth + 1, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexed(script: &str) -> Vec<String> {
        commands(script).into_iter().map(|words| words.join("|")).collect()
    }

    #[test]
    fn commands_end_at_operators_and_lines() {
        assert_eq!(lexed("a b && c || d; e | f & g\nh"), ["a|b", "c", "d", "e", "f", "g", "h"]);
        assert_eq!(lexed("a \\\n  b \\\r\n c"), ["a|b|c"]);
        assert_eq!(lexed("a # b; c\n# d\ne#f"), ["a", "e#f"]);
        assert_eq!(lexed(""), Vec::<String>::new());
    }

    #[test]
    fn quotes_keep_words_together() {
        assert_eq!(lexed(r#"a 'b; c' "d && e" f\ g "" 'h'"i""#), ["a|b; c|d && e|f g||hi"]);
        assert_eq!(lexed(r#"echo "a \"b\" $x""#), ["echo|a \"b\" $x"]);
        assert_eq!(lexed("echo 'never closed; a"), ["echo|never closed; a"]);
    }

    #[test]
    fn substitutions_are_commands_of_their_own() {
        assert_eq!(lexed("x=$(terraform output a) b"), ["x=$(terraform output a)|b", "terraform|output|a"]);
        assert_eq!(lexed("echo \"$(a \"b)\" | c)\" `d e`"), ["echo|$(a \"b)\" | c)|`d e`", "a|b)", "c", "d|e"]);
        assert_eq!(
            lexed("echo $((1 + 2)) ${x:-y z} ${{ inputs.a && b }}"),
            ["echo|$((1 + 2))|${x:-y z}|${{ inputs.a && b }}"]
        );
        assert_eq!(lexed("diff <(a b) c"), ["diff|<(a b)|c", "a|b"]);
    }

    #[test]
    fn redirections_are_no_words() {
        assert_eq!(lexed("a > b 2>&1 c >> d <e &> f"), ["a|c"]);
        assert_eq!(lexed("a <<< 'b' c"), ["a|c"]);
    }

    #[test]
    fn the_body_of_a_here_document_is_data() {
        assert_eq!(lexed("cat <<EOF > f\nterraform apply\nEOF\nb"), ["cat", "b"]);
        assert_eq!(lexed("cat <<-'X' | c\n\ta\n\tX\nb"), ["cat", "c", "b"]);
        assert_eq!(lexed("cat <<EOF\nnever closed"), ["cat"]);
    }

    #[test]
    fn compound_commands_are_taken_apart() {
        assert_eq!(lexed("if a; then b; else c; fi"), ["a", "b", "c"]);
        assert_eq!(lexed("for x in a b; do c $x; done"), ["c|$x"]);
        assert_eq!(lexed("while ! a; do { b; }; done"), ["a", "b"]);
        assert_eq!(lexed("deploy() {\n a\n}\n(cd x && b)"), ["a", "cd|x", "b"]);
        assert_eq!(lexed("case $x in\n a) b ;;\nesac"), ["a", "b"]);
        assert_eq!(lexed("args=(a b) c"), ["args=(a b)|c"]);
    }

    #[test]
    fn nesting_without_end_does_not_hang() {
        assert!(lexed(&"$(".repeat(50_000)).len() < 10);
        assert!(lexed(&"`".repeat(50_001)).len() < 50_000);
        lexed(&"a=(".repeat(20_000));
        lexed(&"${".repeat(20_000));
        lexed(&"<<".repeat(20_000));
    }
}
