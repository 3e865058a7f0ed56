//! `trustlint lsp`: what an editor shows while a file is written, before it is saved.
//!
//! One thread talks with the editor, one checks. What is checked is a whole folder, with the texts that are open in the
//! place of those on disk: what a line means is decided by other files too.

mod actions;
mod check;
mod server;
mod uri;
mod view;

use std::thread;

use lsp_server::Connection;
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, HoverProviderCapability, InitializeParams,
    InitializeResult, SaveOptions, ServerCapabilities, ServerInfo, TextDocumentSyncCapability, TextDocumentSyncKind,
    TextDocumentSyncOptions, TextDocumentSyncSaveOptions,
};

use super::{
    STACK,
    args::LspArgs,
    exit::{Exit, Failure},
};
use check::Checker;
use server::Server;

/// Serves one editor over standard input and output until it says goodbye.
pub(super) fn run(args: LspArgs) -> Result<Exit, Failure> {
    let (connection, threads) = Connection::stdio();
    let end = serve(connection, args);
    // The threads end with the streams; an editor that has gone away is no fault.
    let _ = threads.join();
    end
}

fn serve(connection: Connection, args: LspArgs) -> Result<Exit, Failure> {
    let failed =
        |why: String| Failure::input(format!("the editor and trustlint lsp do not understand each other: {why}"));
    let (id, params) = connection.initialize_start().map_err(|e| failed(e.to_string()))?;
    let params: InitializeParams = serde_json::from_value(params).map_err(|e| failed(e.to_string()))?;
    let result = InitializeResult {
        capabilities: capabilities(),
        server_info: Some(ServerInfo { name: "trustlint".into(), version: Some(env!("CARGO_PKG_VERSION").into()) }),
    };
    let result = serde_json::to_value(result).map_err(|e| failed(e.to_string()))?;
    connection.initialize_finish(id, result).map_err(|e| failed(e.to_string()))?;

    let (jobs, asked) = crossbeam_channel::unbounded();
    let (answers, done) = crossbeam_channel::unbounded();
    let checking = move || {
        let mut checker = Checker::new(args.checked);
        for job in asked {
            if answers.send(checker.run(job)).is_err() {
                break;
            }
        }
    };
    thread::Builder::new()
        .stack_size(STACK)
        .spawn(checking)
        .map_err(|e| Failure::input(format!("no thread can be started: {e}")))?;
    let end = Server::new(&connection, &params, jobs).serve(&done);
    drop(connection);
    Ok(end)
}

fn capabilities() -> ServerCapabilities {
    ServerCapabilities {
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::FULL),
            save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions { include_text: Some(false) })),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX, actions::fix_all()]),
            ..CodeActionOptions::default()
        })),
        ..ServerCapabilities::default()
    }
}
