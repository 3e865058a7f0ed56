//! What the editor says and is told.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, at, never, select};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use lsp_types::{
    CodeActionParams, DidChangeTextDocumentParams, DidChangeWatchedFilesRegistrationOptions,
    DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams, FileSystemWatcher,
    GlobPattern, Hover, HoverContents, HoverParams, InitializeParams, LogMessageParams, MarkupContent, MarkupKind,
    MessageType, Position, PublishDiagnosticsParams, Range, Registration, RegistrationParams, Uri,
    notification::{
        DidChangeTextDocument, DidChangeWatchedFiles, DidChangeWorkspaceFolders, DidCloseTextDocument,
        DidOpenTextDocument, DidSaveTextDocument, LogMessage, Notification as _, PublishDiagnostics,
    },
    request::{CodeActionRequest, HoverRequest, RegisterCapability, Request as _},
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    actions,
    check::{Checked, Done, Job, Outcome},
    uri,
    view::{self, Names},
};
use crate::cli::{exit::Exit, target::slashes};

/// Somebody who types is not interrupted more often than this.
const PAUSE: Duration = Duration::from_millis(150);

/// Files whose change on disk may change what is found.
const WATCHED: [&str; 3] = ["**/*.{tf,tofu,tfvars,hcl,json,json5,yaml,yml,md}", "**/CODEOWNERS", "**/Jenkinsfile*"];

/// A directory that is checked as one.
struct Folder {
    root: PathBuf,
    /// Counts the changes of its files.
    revision: u64,
    /// When the next check starts, if something has changed.
    due: Option<Instant>,
    /// Whether it is being checked.
    running: bool,
    /// What was found, and in which revision.
    checked: Option<(u64, Box<Checked>)>,
    /// What was found, by file: it is shown on where the configuration has mistakes.
    found: BTreeMap<PathBuf, Vec<lsp_types::Diagnostic>>,
    /// What the editor shows, by file.
    shown: BTreeMap<PathBuf, Vec<lsp_types::Diagnostic>>,
    /// Whether the editor has closed it. Its place is kept: jobs name folders by it.
    closed: bool,
}

/// An open file.
struct Document {
    version: i32,
    text: String,
}

pub(super) struct Server<'a> {
    client: &'a Connection,
    jobs: Sender<Job>,
    folders: Vec<Folder>,
    documents: BTreeMap<PathBuf, Document>,
    /// What the editor calls them.
    uris: BTreeMap<PathBuf, Uri>,
    /// Requests about text that is being checked.
    deferred: Vec<Request>,
}

impl<'a> Server<'a> {
    pub(super) fn new(client: &'a Connection, params: &InitializeParams, jobs: Sender<Job>) -> Self {
        let mut server = Self {
            client,
            jobs,
            folders: Vec::new(),
            documents: BTreeMap::new(),
            uris: BTreeMap::new(),
            deferred: Vec::new(),
        };
        match &params.workspace_folders {
            Some(folders) => folders.iter().filter_map(|f| uri::path(&f.uri)).for_each(|f| server.add_folder(f)),
            // Older editors know of one folder only.
            #[allow(deprecated)]
            None => params.root_uri.iter().filter_map(uri::path).for_each(|f| server.add_folder(f)),
        }
        let watches = params.capabilities.workspace.as_ref().and_then(|w| w.did_change_watched_files);
        if watches.and_then(|w| w.dynamic_registration) == Some(true) {
            server.watch();
        }
        server
    }

    /// Serves until the editor says goodbye, or is gone.
    pub(super) fn serve(mut self, done: &Receiver<Done>) -> Exit {
        loop {
            let due = self.folders.iter().filter(|f| !f.running).filter_map(|f| f.due).min();
            let timer = due.map_or_else(never, at);
            select! {
                recv(self.client.receiver) -> message => match message {
                    Ok(Message::Request(request)) => match self.client.handle_shutdown(&request) {
                        Ok(true) => return Exit::Clean,
                        Ok(false) => self.request(request),
                        Err(_) => return Exit::Input,
                    },
                    Ok(Message::Notification(notification)) => self.notification(notification),
                    Ok(Message::Response(_)) => {}
                    Err(_) => return Exit::Input,
                },
                recv(done) -> done => match done {
                    Ok(done) => self.done(done),
                    Err(_) => return Exit::Internal,
                },
                recv(timer) -> _ => {}
            }
            self.start();
        }
    }

    fn add_folder(&mut self, root: PathBuf) {
        if let Some(folder) = self.folders.iter_mut().find(|f| f.root == root) {
            folder.closed = false;
            folder.revision += 1;
            folder.due = Some(Instant::now());
        } else {
            self.folders.push(Folder {
                root,
                revision: 1,
                due: Some(Instant::now()),
                running: false,
                checked: None,
                found: BTreeMap::new(),
                shown: BTreeMap::new(),
                closed: false,
            });
        }
    }

    /// The innermost folder that a file is in.
    fn folder_of(&self, path: &Path) -> Option<usize> {
        let within = self.folders.iter().enumerate().filter(|(_, f)| !f.closed && path.starts_with(&f.root));
        within.max_by_key(|(_, f)| f.root.components().count()).map(|(index, _)| index)
    }

    fn names<'b>(&'b self, folder: &'b Folder) -> Names<'b> {
        Names { root: &folder.root, open: &self.uris }
    }

    /// Something in a file has changed: the folders that it is in are checked again, soon.
    fn touch(&mut self, path: &Path) {
        for folder in self.folders.iter_mut().filter(|f| !f.closed && path.starts_with(&f.root)) {
            folder.revision += 1;
            folder.due = Some(Instant::now() + PAUSE);
        }
    }

    /// Forgets a folder that the editor has closed.
    fn close_folder(&mut self, root: &Path) {
        let Some(folder) = self.folders.iter_mut().find(|f| f.root == root) else { return };
        folder.closed = true;
        folder.due = None;
        folder.found.clear();
        let shown: Vec<PathBuf> = std::mem::take(&mut folder.shown).into_keys().collect();
        for path in shown {
            if let Some(uri) = self.uris.get(&path).cloned().or_else(|| uri::of(&path)) {
                self.notify::<PublishDiagnostics>(PublishDiagnosticsParams {
                    uri,
                    diagnostics: Vec::new(),
                    version: None,
                });
            }
        }
    }

    /// Starts what is due.
    fn start(&mut self) {
        let now = Instant::now();
        for (index, folder) in self.folders.iter_mut().enumerate() {
            if folder.running || folder.closed || folder.due.is_none_or(|due| due > now) {
                continue;
            }
            let inside = self.documents.iter().filter_map(|(path, document)| {
                let relative = slashes(path.strip_prefix(&folder.root).ok()?);
                Some((relative.into(), document.text.clone().into_bytes()))
            });
            let job =
                Job { folder: index, root: folder.root.clone(), texts: inside.collect(), revision: folder.revision };
            folder.due = None;
            folder.running = self.jobs.send(job).is_ok();
        }
    }

    /// Shows what was found.
    fn done(&mut self, done: Done) {
        let Some(folder) = self.folders.get(done.folder) else { return };
        let names = self.names(folder);
        let mut by_file: BTreeMap<PathBuf, Vec<lsp_types::Diagnostic>> = BTreeMap::new();
        let mut failed = None;
        let mut checked = None;
        match done.outcome {
            Outcome::Checked(now) => {
                for finding in &now.report.findings {
                    let place = view::place_of(&now.files, finding);
                    if let Some((span, shown)) = place.zip(view::diagnostic(&now, finding, &names)) {
                        by_file.entry(names.path(now.files.path(span.file))).or_default().push(shown);
                    }
                }
                let mistakes = now.report.diagnostics.iter();
                for (path, shown) in mistakes.filter_map(|d| view::mistake(d, &now.files, &names)) {
                    by_file.entry(path).or_default().push(shown);
                }
                checked = Some((done.revision, now));
            }
            // What was found before is shown on, beside the mistakes.
            Outcome::Mistaken(mistakes, sources) => {
                by_file.clone_from(&folder.found);
                for (path, shown) in mistakes.iter().filter_map(|d| view::mistake(d, &sources, &names)) {
                    let all = by_file.entry(path).or_default();
                    if !all.contains(&shown) {
                        all.push(shown);
                    }
                }
            }
            Outcome::Failed(why) => failed = Some(why),
        }
        // What a folder within another one says of its files is said by that one alone.
        by_file.retain(|path, _| !folder.closed && self.folder_of(path).is_none_or(|index| index == done.folder));
        let is_current = done.revision == folder.revision;
        let found = checked.is_some().then(|| by_file.clone());
        let before = &folder.shown;
        let paths: BTreeSet<&PathBuf> = by_file.keys().chain(before.keys()).collect();
        for path in paths.into_iter().filter(|path| failed.is_none() && by_file.get(*path) != before.get(*path)) {
            if let Some(uri) = names.uri(path) {
                self.notify::<PublishDiagnostics>(PublishDiagnosticsParams {
                    uri,
                    diagnostics: by_file.get(path).cloned().unwrap_or_default(),
                    version: self.documents.get(path).map(|d| d.version).filter(|_| is_current),
                });
            }
        }
        if let Some(why) = &failed {
            let message = format!("{} is not checked: {why}", folder.root.display());
            self.notify::<LogMessage>(LogMessageParams { typ: MessageType::ERROR, message });
        }
        if let Some(folder) = self.folders.get_mut(done.folder) {
            folder.running = false;
            if failed.is_none() {
                folder.shown = by_file;
                folder.found = found.unwrap_or_else(|| std::mem::take(&mut folder.found));
            }
            folder.checked = checked.or_else(|| folder.checked.take());
        }
        for request in std::mem::take(&mut self.deferred) {
            self.request(request);
        }
    }

    fn request(&mut self, request: Request) {
        match request.method.as_str() {
            HoverRequest::METHOD => {
                self.answer(request, |server, params: &HoverParams| server.hover(params));
            }
            CodeActionRequest::METHOD => {
                // Edits are for the text that was checked.
                if self.is_being_checked(&request) {
                    self.deferred.push(request);
                } else {
                    self.answer(request, |server, params: &CodeActionParams| server.actions(params));
                }
            }
            other => {
                let message = format!("trustlint does not know the request {other}");
                let response = Response::new_err(request.id, ErrorCode::MethodNotFound as i32, message);
                let _ = self.client.sender.send(response.into());
            }
        }
    }

    fn answer<P: DeserializeOwned, R: Serialize>(&self, request: Request, with: impl FnOnce(&Self, &P) -> R) {
        let response = match serde_json::from_value(request.params) {
            Ok(params) => Response::new_ok(request.id, with(self, &params)),
            Err(why) => Response::new_err(request.id, ErrorCode::InvalidParams as i32, why.to_string()),
        };
        let _ = self.client.sender.send(response.into());
    }

    fn is_being_checked(&self, request: &Request) -> bool {
        let Ok(params) = serde_json::from_value::<CodeActionParams>(request.params.clone()) else { return false };
        let folder = uri::path(&params.text_document.uri).and_then(|path| self.folder_of(&path));
        folder.and_then(|index| self.folders.get(index)).is_some_and(|f| f.running || f.due.is_some())
    }

    fn hover(&self, params: &HoverParams) -> Option<Hover> {
        let at = &params.text_document_position_params;
        let path = uri::path(&at.text_document.uri)?;
        let folder = self.folders.get(self.folder_of(&path)?)?;
        let (_, checked) = folder.checked.as_ref()?;
        let names = self.names(folder);
        let mut texts = Vec::new();
        let mut whole: Option<Range> = None;
        for finding in &checked.report.findings {
            let Some(span) = view::place_of(&checked.files, finding) else { continue };
            let range = view::range(&checked.files, span);
            if names.path(checked.files.path(span.file)) == path && actions::touches(range, cursor(at.position)) {
                texts.push(view::explanation(checked, finding));
                whole.get_or_insert(range);
            }
        }
        let value = texts.join("\n---\n\n");
        let contents = HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value });
        (!texts.is_empty()).then_some(Hover { contents, range: whole })
    }

    fn actions(&self, params: &CodeActionParams) -> Option<Vec<lsp_types::CodeActionOrCommand>> {
        let path = uri::path(&params.text_document.uri)?;
        let folder = self.folders.get(self.folder_of(&path)?)?;
        let (revision, checked) = folder.checked.as_ref()?;
        (*revision == folder.revision).then(|| actions::offered(checked, &self.names(folder), &path, params))
    }

    fn notification(&mut self, notification: Notification) {
        match notification.method.as_str() {
            DidOpenTextDocument::METHOD => {
                let Some(params) = read::<DidOpenTextDocumentParams>(notification) else { return };
                let document = params.text_document;
                let Some(path) = uri::path(&document.uri) else { return };
                if self.folder_of(&path).is_none() {
                    // A file by itself may lie anywhere, in a home directory with all that is in it.
                    if let Some(root) = path.ancestors().skip(1).find(|d| d.join(".git").exists()) {
                        self.add_folder(root.to_path_buf());
                    }
                }
                self.uris.insert(path.clone(), document.uri);
                let is_known = std::fs::read(&path).is_ok_and(|bytes| bytes == document.text.as_bytes());
                self.documents.insert(path.clone(), Document { version: document.version, text: document.text });
                // To open a file changes nothing.
                if !is_known {
                    self.touch(&path);
                }
            }
            DidChangeTextDocument::METHOD => {
                let Some(params) = read::<DidChangeTextDocumentParams>(notification) else { return };
                let Some(path) = uri::path(&params.text_document.uri) else { return };
                if let (Some(document), Some(change)) =
                    (self.documents.get_mut(&path), params.content_changes.into_iter().last())
                {
                    document.text = change.text;
                    document.version = params.text_document.version;
                    self.touch(&path);
                }
            }
            DidCloseTextDocument::METHOD => {
                let Some(params) = read::<DidCloseTextDocumentParams>(notification) else { return };
                let Some(path) = uri::path(&params.text_document.uri) else { return };
                self.documents.remove(&path);
                self.uris.remove(&path);
                self.touch(&path);
            }
            // Of what is on disk anything may have changed.
            DidSaveTextDocument::METHOD | DidChangeWatchedFiles::METHOD => {
                let now = Instant::now() + PAUSE;
                for folder in self.folders.iter_mut().filter(|f| !f.closed) {
                    folder.revision += 1;
                    folder.due = Some(now);
                }
            }
            DidChangeWorkspaceFolders::METHOD => {
                let Some(params) = read::<DidChangeWorkspaceFoldersParams>(notification) else { return };
                params.event.removed.iter().filter_map(|f| uri::path(&f.uri)).for_each(|f| self.close_folder(&f));
                params.event.added.iter().filter_map(|f| uri::path(&f.uri)).for_each(|f| self.add_folder(f));
            }
            _ => {}
        }
    }

    fn notify<N: lsp_types::notification::Notification>(&self, params: N::Params)
    where
        N::Params: Serialize,
    {
        let _ = self.client.sender.send(Notification::new(N::METHOD.into(), params).into());
    }

    fn watch(&self) {
        let watcher = |glob: &str| FileSystemWatcher { glob_pattern: GlobPattern::String(glob.into()), kind: None };
        let options = DidChangeWatchedFilesRegistrationOptions { watchers: WATCHED.into_iter().map(watcher).collect() };
        let registration = Registration {
            id: "files".into(),
            method: DidChangeWatchedFiles::METHOD.into(),
            register_options: serde_json::to_value(options).ok(),
        };
        let params = RegistrationParams { registrations: vec![registration] };
        let request = Request::new("watch".to_string().into(), RegisterCapability::METHOD.into(), params);
        let _ = self.client.sender.send(request.into());
    }
}

fn cursor(position: Position) -> Range {
    Range { start: position, end: position }
}

/// What a notification says; nothing if it is not what the protocol says.
fn read<P: DeserializeOwned>(notification: Notification) -> Option<P> {
    serde_json::from_value(notification.params).ok()
}
