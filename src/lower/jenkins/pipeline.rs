//! A Jenkinsfile as a whole: its stages as jobs, in their order, and what stands between them.

use std::collections::{BTreeSet, HashMap};

use ecow::{EcoString, eco_format};

use super::{
    Made, Source, condition,
    groovy::{Call, Expr, Statement},
    settings::{agent, first_line, libraries, starts, switches, variables},
    stages::{self, Program, Work},
    unset,
};
use crate::{
    lower::{
        ci::{self, Condition, Gate, Test, situation::SITUATIONS},
        environment,
        path::name_of,
    },
    model::Environment,
    value::{ByName, Origin, OriginStep, Origins, Truth, Value, Why, WhyKind},
};

/// Stages in stages are followed so far.
const MAX_DEPTH: usize = 30;

/// A Jenkinsfile; why it is read in part only, if so.
pub fn lower(statements: &[Statement], source: &Source<'_>, out: &mut ci::Parts) -> Option<&'static str> {
    if statements.is_empty() {
        return None;
    }
    let calls = || statements.iter().filter_map(Statement::as_call);
    let declarative = calls().find(|call| call.name == "pipeline" && call.block.is_some());
    let functions: ByName<&[Statement]> =
        calls().filter(|c| c.is_definition).map(|c| (c.name.clone(), c.body())).collect();
    let switches = declarative.map(switches).unwrap_or_default();
    let header = match declarative {
        Some(call) => Origin::new(source.span(&call.name_at), source.span(&call.extent), OriginStep::Here),
        None => first_line(source),
    };
    let libraries = libraries(statements, source);
    let (starts, triggers, schedules, upstream) = starts(declarative, &header, source);
    let file = name_of(&source.path);
    let environment = file.split_once('.').and_then(|(a, b)| {
        let label = if a.eq_ignore_ascii_case("jenkinsfile") { b } else { a };
        let (name, class) = environment::classify_name(label)?;
        Some(Environment { name, class, sign: eco_format!("pipeline \"{file}\"") })
    });
    let unresolved = Value::tuple(libraries.iter().map(|(text, ..)| text.clone()).collect());
    let unresolved = unresolved.with_origins(Origins::one(header.clone()));
    let children = declarative.map(Call::body).unwrap_or_default();
    let child = |name: &str| children.iter().filter_map(Statement::as_call).find(|c| c.name == name);
    let options = child("options").map(Call::body).unwrap_or_default();
    let options = options.iter().filter_map(Statement::as_call);
    let options = options.map(|c| Value::string(c.name.clone()).with_origins(Origins::one(source.origin(&c.extent))));
    let options = Value::tuple(options.collect());
    let made = Made {
        kind: "jenkins.pipeline",
        address: source.path.clone(),
        name: file.into(),
        path: &source.path,
        header: header.clone(),
        environment: environment.clone(),
        fields: vec![
            ("path", Value::string(source.path.clone())),
            ("is_text", Value::bool(true)),
            ("is_declarative", Value::bool(declarative.is_some())),
            ("agent", agent(child("agent"), &header, source)),
            ("environment", variables(child("environment"), &header, source)),
            ("options", options),
            ("triggers", triggers.clone()),
            ("schedules", schedules.clone()),
            ("unresolved", unresolved.clone()),
        ],
    }
    .entity();
    let body = made.body.clone();
    out.lowered.entities.push(made);
    for (text, name, version) in &libraries {
        let header = text.origins.first().unwrap_or(&header).clone();
        let library = Made {
            kind: "jenkins.library",
            address: eco_format!("{}#library.{name}", source.path),
            name: name.clone(),
            path: &source.path,
            header,
            environment: None,
            fields: vec![
                ("name", Value::string(name.clone()).with_origins(text.origins.clone())),
                ("version", version.clone()),
                ("pipeline", body.clone()),
            ],
        };
        out.lowered.entities.push(library.entity());
    }
    out.pipelines.push(ci::Pipeline {
        system: "jenkins",
        id: source.path.clone(),
        path: source.path.clone(),
        name: file.into(),
        header: header.clone(),
        environment: environment.clone(),
        starts: starts.clone(),
        variables: declarative
            .and_then(|p| p.child("environment"))
            .map_or_else(Value::null, |block| variables(Some(block), &header, source)),
        triggers: triggers.clone(),
        schedules,
        upstream,
        unresolved,
        is_text: true,
    });
    let program = Program { source, switches: &switches, functions };
    let mut reader =
        Reader { program, header, body, starts, triggers, addresses: HashMap::new(), made: Vec::new(), out };
    let mut state = State::default();
    let top = Parent { environment, ..Parent::default() };
    let Some(pipeline) = declarative else {
        reader.scripted(statements, &top, &mut state, 0);
        return Some("a scripted Jenkinsfile is a program: its stages were read as text, and nothing of it was run");
    };
    let top = reader.entered(pipeline, top);
    for stages in children.iter().filter_map(Statement::as_call).filter(|c| c.name == "stages") {
        reader.sequence(stages.body(), &top, &mut state, 0);
    }
    if let Some(post) = child("post") {
        reader.post(post, &top, &mut state);
    }
    None
}

/// What stages have from what they stand in.
#[derive(Clone, Default)]
struct Parent {
    path: EcoString,
    /// When it runs, outermost first.
    conditions: Vec<Condition>,
    environment: Option<Environment>,
    credentials: Vec<Value>,
}

/// What came before, in the order in which stages run.
#[derive(Clone, Default)]
struct State {
    /// The jobs that ended last, by their positions in [`Reader::made`].
    before: Vec<usize>,
    /// The questions that stages ask which hold others, each with the conditions of that stage.
    asked: Vec<(Gate, Vec<Condition>)>,
}

/// A job that was made.
struct Done {
    key: EcoString,
    conditions: Vec<Condition>,
    gates: Vec<Gate>,
    before: Vec<usize>,
}

struct Reader<'a> {
    program: Program<'a>,
    header: Origin,
    body: Value,
    starts: Condition,
    triggers: Value,
    addresses: HashMap<EcoString, usize>,
    made: Vec<Done>,
    out: &'a mut ci::Parts,
}

impl<'a> Reader<'a> {
    fn source(&self) -> &'a Source<'a> {
        self.program.source
    }

    /// What is in a pipeline or stage has the credentials that its variables take.
    fn entered(&self, call: &Call, mut parent: Parent) -> Parent {
        for statement in call.child("environment").map(Call::body).unwrap_or_default() {
            if let Statement::Assignment { value: Expr::Call(call), .. } = statement
                && call.name == "credentials"
                && let Some(id) = call.first()
            {
                parent.credentials.push(stages::credential(self.source().value(id)));
            }
        }
        parent
    }

    /// Stages one behind the other.
    fn sequence(&mut self, statements: &[Statement], parent: &Parent, state: &mut State, depth: usize) {
        for statement in statements {
            match statement {
                Statement::Call(call) if call.name == "stage" => self.stage(call, parent, state, depth),
                // `script`, `if` and the like are not allowed here; what they hold is read all the same.
                Statement::If { then, otherwise, .. } => {
                    self.sequence(then, parent, state, depth);
                    self.sequence(otherwise, parent, state, depth);
                }
                Statement::Block { body, .. } => self.sequence(body, parent, state, depth),
                _ => {}
            }
        }
    }

    /// Stages side by side.
    fn parallel(&mut self, statements: &[Statement], parent: &Parent, state: &mut State, depth: usize) {
        let start = state.clone();
        let mut after = State { before: Vec::new(), asked: start.asked.clone() };
        for call in statements.iter().filter_map(Statement::as_call).filter(|c| c.name == "stage") {
            let mut own = start.clone();
            self.stage(call, parent, &mut own, depth);
            after.before.extend(own.before);
            after.asked.extend(own.asked.into_iter().skip(start.asked.len()));
        }
        if !after.before.is_empty() {
            *state = after;
        }
    }

    fn stage(&mut self, call: &Call, parent: &Parent, state: &mut State, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let source = self.source();
        let name = title(call, source);
        let path = if parent.path.is_empty() { name.clone() } else { eco_format!("{}/{name}", parent.path) };
        let address = self.address(&eco_format!("{}#{path}", source.path));
        let key: EcoString = address.rsplit_once('#').map_or(path.clone(), |(_, key)| key.into());
        let header = header(call, source);
        let when = call.child("when").filter(|w| w.block.is_some());
        let mut inner = Parent { path, ..parent.clone() };
        inner.conditions.extend(when.map(|when| condition::of_when(when, source, self.program.switches)));
        inner.environment = named_environment(&name).or(inner.environment);
        let mut inner = self.entered(call, inner);
        let mut question = call.child("input").map(|input| stages::input(input, source));
        let steps = call.child("steps").map(Call::body);
        // In a scripted pipeline the steps stand in the stage itself.
        let is_declarative = ["steps", "stages", "parallel", "matrix"].iter().any(|name| call.child(name).is_some());
        let mut work = match steps {
            Some(steps) => self.program.steps(steps),
            None if !is_declarative => self.program.steps(call.body()),
            None => Work::default(),
        };
        if let Some(post) = call.child("post").filter(|_| is_declarative) {
            work.steps.extend(after(&self.program, post));
        }
        inner.credentials.extend(std::mem::take(&mut work.credentials));
        let condition = self.condition_text(when, &header);
        let mut fields = vec![
            ("id", Value::string(key.clone())),
            ("pipeline", self.body.clone()),
            ("when", condition.clone()),
            ("agent", agent(call.child("agent"), &header, source)),
            ("environment", variables(call.child("environment"), &header, source)),
        ];
        let asks = question.iter().chain(&work.gates).map(|g| g.name.clone()).collect();
        fields.push(("inputs", Value::tuple(asks)));
        fields.push(("credentials", Value::tuple(inner.credentials.clone())));
        let environment = inner.environment.clone().or_else(|| of_credentials(&inner.credentials));
        let made = Made {
            kind: "jenkins.stage",
            address: address.clone(),
            name: name.clone(),
            path: &source.path,
            header: header.clone(),
            environment: environment.clone(),
            fields,
        };
        self.out.lowered.entities.push(made.entity());
        let nested = ["stages", "parallel", "matrix"].iter().find_map(|name| call.child(name));
        if let Some(nested) = nested {
            // Whoever is asked before a stage is asked before all that is in it.
            state.asked.extend(question.take().map(|gate| (gate, inner.conditions.clone())));
            match nested.name.as_str() {
                "parallel" => self.parallel(nested.body(), &inner, state, depth + 1),
                "matrix" => {
                    let stages = nested.child("stages").map(Call::body).unwrap_or_default();
                    self.sequence(stages, &inner, state, depth + 1);
                }
                _ => self.sequence(nested.body(), &inner, state, depth + 1),
            }
            if work.steps.is_empty() {
                return;
            }
        }
        // Stages in the steps of a scripted one are jobs of their own.
        if !is_declarative && holds_stage(call.body(), 0) {
            self.scripted(call.body(), &inner, state, depth + 1);
            return;
        }
        let set = call.child("environment").map_or_else(Value::null, |block| variables(Some(block), &header, source));
        let gates: Vec<Gate> = question.into_iter().chain(std::mem::take(&mut work.gates)).collect();
        self.job(Job { key, address, header, environment, condition, variables: set, gates, work }, &inner, state);
    }

    fn job(&mut self, job: Job, parent: &Parent, state: &mut State) {
        let source = self.source();
        let Job { key, address, header, environment, condition, variables, gates, work } = job;
        let mut all = gates.clone();
        for (gate, conditions) in &state.asked {
            let holds = gate.holds.clone().and(self.implied(conditions, &parent.conditions));
            all.push(Gate { holds, ..gate.clone() });
        }
        let (needs, perhaps) = self.needs(state, &parent.conditions);
        all.extend(perhaps);
        self.made.push(Done {
            key: key.clone(),
            conditions: parent.conditions.clone(),
            gates,
            before: std::mem::replace(&mut state.before, vec![self.made.len()]),
        });
        let needs = needs.into_iter().map(Value::string).collect();
        let unset = |name: &str| unset(&header, name);
        self.out.jobs.push(ci::Job {
            system: "jenkins",
            path: source.path.clone(),
            pipeline: source.path.clone(),
            name: key.clone(),
            id: key,
            address: address.clone(),
            header: header.clone(),
            called_at: Vec::new(),
            caller: None,
            environment,
            environment_name: unset("environment"),
            environments: Value::tuple(Vec::new()),
            triggers: self.triggers.clone(),
            branches: Value::null(),
            tags: Value::null(),
            runs: parent.conditions.iter().cloned().fold(Condition::always(), Condition::and),
            // A stage that is skipped keeps no other from running; what is needed is never skipped when this one runs.
            runs_despite_skipped: Some(false),
            asks_upstream: true,
            gates: all,
            needs: Value::tuple(needs),
            calls: Value::null(),
            permissions: Value::null(),
            condition,
            variables,
            secrets: Value::tuple(Vec::new()),
            credentials: Value::tuple(parent.credentials.clone()),
            inherits_secrets: Value::bool(false),
            ignores_failure: Value::bool(false),
        });
        for (index, step) in work.steps.into_iter().enumerate() {
            self.out.steps.push(ci::Step {
                job: address.clone(),
                address: eco_format!("{address}[{index}]"),
                path: source.path.clone(),
                index,
                name: step.name,
                header: step.header,
                commands: step.command.into_iter().collect(),
                uses: step.used.into_iter().collect(),
                directory: step.directory,
                variables: step.env,
                runs: step.runs.into_iter().fold(Condition::always(), Condition::and),
                condition: Value::null(),
                ignores_failure: step.ignores_failure,
            });
        }
    }

    /// The jobs that come before one that runs under these conditions: those that ended last and, where one of them
    /// may be skipped when this one runs, those before it. And the gates of jobs of which that is not known.
    fn needs(&self, state: &State, conditions: &[Condition]) -> (Vec<EcoString>, Vec<Gate>) {
        let mut needs = Vec::new();
        let mut perhaps = Vec::new();
        let mut ahead: Vec<usize> = state.before.iter().rev().copied().collect();
        let mut seen: BTreeSet<usize> = ahead.iter().copied().collect();
        while let Some(index) = ahead.pop() {
            let done = &self.made[index];
            match self.implied(&done.conditions, conditions) {
                Truth::True(_) => {
                    needs.push(done.key.clone());
                    continue;
                }
                unknown @ Truth::Unknown(..) => {
                    let gates = done.gates.iter();
                    perhaps.extend(gates.map(|g| Gate { holds: g.holds.clone().and(unknown.clone()), ..g.clone() }));
                }
                // Nobody was asked for certain.
                Truth::False(_) => {}
            }
            ahead.extend(done.before.iter().rev().copied().filter(|before| seen.insert(*before)));
        }
        (needs, perhaps)
    }

    /// Whether one stage runs whenever another one does.
    fn implied(&self, this: &[Condition], by: &[Condition]) -> Truth {
        let same = |a: &Condition, b: &Condition| !a.origins.is_empty() && a.origins == b.origins;
        let open: Vec<&Condition> = this.iter().filter(|c| !by.iter().any(|other| same(c, other))).collect();
        let mut doubt = None;
        if !open.is_empty() {
            for world in SITUATIONS.iter().flat_map(|(_, worlds)| *worlds) {
                let runs = Truth::all(by.iter().map(|c| c.holds(world))).and(self.starts.holds(world));
                if matches!(runs, Truth::False(_)) {
                    continue;
                }
                match Truth::all(open.iter().map(|c| c.holds(world))) {
                    Truth::True(_) => {}
                    skipped @ Truth::False(_) => return skipped,
                    Truth::Unknown(_, origins) => doubt = Some(origins),
                }
            }
        }
        doubt.map_or(Truth::of(true), |origins| {
            let why = Why::new(WhyKind::PipelineExpression, "whether the stage before runs as well");
            Truth::Unknown(vec![why], origins)
        })
    }

    /// A pipeline that is a program: its stages as far as they show, and what stands between them.
    fn scripted(&mut self, statements: &[Statement], parent: &Parent, state: &mut State, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let mut loose: Vec<Statement> = Vec::new();
        for statement in statements {
            if !holds_stage(std::slice::from_ref(statement), 0) {
                loose.push(statement.clone());
                continue;
            }
            self.loose(&mut loose, parent, state);
            match statement {
                Statement::Call(call) if call.name == "stage" => self.stage(call, parent, state, depth + 1),
                Statement::Call(call) => {
                    let closures = call.args.iter().flat_map(|arg| closures(&arg.value));
                    for body in closures.chain([call.body()]) {
                        self.scripted(body, parent, state, depth + 1);
                    }
                }
                Statement::If { condition, condition_at, then, otherwise } => {
                    let asked = condition::of_tokens(condition, condition_at, self.source(), self.program.switches);
                    let mut inner = parent.clone();
                    inner.conditions.push(asked.clone());
                    self.scripted(then, &inner, state, depth + 1);
                    let mut inner = parent.clone();
                    inner.conditions.push(Condition::at(Test::Not(Box::new(asked.clone())), asked.origins));
                    self.scripted(otherwise, &inner, state, depth + 1);
                }
                Statement::Block { body, .. } => self.scripted(body, parent, state, depth + 1),
                Statement::Assignment { .. } | Statement::Other(_) => {}
            }
        }
        self.loose(&mut loose, parent, state);
    }

    /// Steps that stand in no stage are a job of their own.
    fn loose(&mut self, statements: &mut Vec<Statement>, parent: &Parent, state: &mut State) {
        let mut work = self.program.steps(&std::mem::take(statements));
        if work.steps.is_empty() && work.gates.is_empty() {
            return;
        }
        let source = self.source();
        let name = if parent.path.is_empty() { "node".into() } else { eco_format!("{}/steps", parent.path) };
        let address = self.address(&eco_format!("{}#{name}", source.path));
        let key = address.rsplit_once('#').map_or(name, |(_, key)| key.into());
        let header = work.steps.first().map_or_else(|| self.header.clone(), |step| step.header.clone());
        let mut parent = parent.clone();
        parent.credentials.extend(std::mem::take(&mut work.credentials));
        let environment = parent.environment.clone().or_else(|| of_credentials(&parent.credentials));
        let gates = std::mem::take(&mut work.gates);
        let (condition, variables) = (Value::null(), Value::null());
        self.job(Job { key, address, header, environment, condition, variables, gates, work }, &parent, state);
    }

    /// What runs at the end of the pipeline.
    fn post(&mut self, post: &Call, parent: &Parent, state: &mut State) {
        let source = self.source();
        let steps = after(&self.program, post);
        if steps.is_empty() {
            return;
        }
        let address = self.address(&eco_format!("{}#post", source.path));
        let job = Job {
            key: address.rsplit_once('#').map_or("post".into(), |(_, key)| key.into()),
            address,
            header: source.origin(&post.name_at),
            environment: parent.environment.clone(),
            condition: Value::null(),
            variables: Value::null(),
            gates: Vec::new(),
            work: Work { steps, ..Work::default() },
        };
        self.job(job, parent, state);
    }

    fn condition_text(&self, when: Option<&Call>, header: &Origin) -> Value {
        let Some(when) = when else { return unset(header, "when") };
        let source = self.source();
        let text = source.text.get(when.extent.clone()).unwrap_or_default();
        let text = text.trim_start_matches("when").trim().trim_start_matches('{').trim_end_matches('}');
        let text: Vec<&str> = text.split_whitespace().collect();
        Value::string(text.join(" ")).with_origins(Origins::one(source.origin(&when.extent)))
    }

    fn address(&mut self, wanted: &EcoString) -> EcoString {
        let count = self.addresses.entry(wanted.clone()).or_default();
        *count += 1;
        if *count == 1 { wanted.clone() } else { eco_format!("{wanted}~{count}") }
    }
}

/// A job before it is made.
struct Job {
    key: EcoString,
    address: EcoString,
    header: Origin,
    environment: Option<Environment>,
    condition: Value,
    variables: Value,
    gates: Vec<Gate>,
    work: Work,
}

/// The steps of a `post` block; those that do not run in any case are perhaps run.
fn after(program: &Program<'_>, post: &Call) -> Vec<stages::Step> {
    let mut all = Vec::new();
    for when in post.body().iter().filter_map(Statement::as_call) {
        let mut steps = program.steps(when.body()).steps;
        if !matches!(when.name.as_str(), "always" | "cleanup" | "success") {
            let condition =
                Condition::at(Test::Unknown(when.name.clone()), Origins::one(program.source.origin(&when.name_at)));
            for step in &mut steps {
                step.runs.push(condition.clone());
            }
        }
        all.append(&mut steps);
    }
    all
}

/// The blocks in a value.
fn closures(value: &Expr) -> Vec<&[Statement]> {
    match value {
        Expr::Call(call) => vec![call.body()],
        Expr::List(args, _) => args.iter().flat_map(|a| closures(&a.value)).collect(),
        _ => Vec::new(),
    }
}

/// Whether there is a stage somewhere in these statements.
fn holds_stage(statements: &[Statement], depth: usize) -> bool {
    depth <= MAX_DEPTH
        && statements.iter().any(|statement| match statement {
            Statement::Call(call) if call.is_definition => false,
            Statement::Call(call) => {
                (call.name == "stage" && call.block.is_some())
                    || holds_stage(call.body(), depth + 1)
                    || call.args.iter().flat_map(|a| closures(&a.value)).any(|body| holds_stage(body, depth + 1))
            }
            Statement::If { then, otherwise, .. } => holds_stage(then, depth + 1) || holds_stage(otherwise, depth + 1),
            Statement::Block { body, .. } => holds_stage(body, depth + 1),
            Statement::Assignment { .. } | Statement::Other(_) => false,
        })
}

/// The name of a stage.
fn title(call: &Call, source: &Source<'_>) -> EcoString {
    let written = call.first().or_else(|| call.named("name"));
    written.map_or_else(
        || "stage".into(),
        |name| match name.as_str() {
            Some(text) => text.into(),
            None => source.text.get(name.at()).unwrap_or_default().trim_matches(['"', '\'']).into(),
        },
    )
}

/// What to underline for a stage: its name.
fn header(call: &Call, source: &Source<'_>) -> Origin {
    let anchor = call.first().map_or_else(|| call.name_at.clone(), Expr::at);
    Origin::new(source.span(&anchor), source.span(&call.extent), OriginStep::Here)
}

fn named_environment(label: &str) -> Option<Environment> {
    let (name, class) = environment::classify_label(label)?;
    Some(Environment { name, class, sign: eco_format!("stage \"{label}\"") })
}

/// The environment that the names of credentials speak of, if they agree.
fn of_credentials(credentials: &[Value]) -> Option<Environment> {
    let mut found = credentials.iter().filter_map(|credential| {
        let name = credential.as_object()?.get("name")?.as_str()?;
        let (word, class) = environment::classify_name(name)?;
        Some(Environment { name: word, class, sign: eco_format!("credentials \"{name}\"") })
    });
    let first = found.next()?;
    found.all(|e| e.class == first.class).then_some(first)
}
