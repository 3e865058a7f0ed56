//! The `helm` program, where the caller asks for it: `--helm`.

use std::{
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use ecow::EcoString;

use crate::lower::helm::Renderer;

/// How long Helm may take for one chart.
const PATIENCE: Duration = Duration::from_secs(60);

/// Renders the charts below a directory with this program.
pub(super) fn renderer(program: PathBuf, root: PathBuf) -> Renderer {
    Renderer::new(move |chart, values| render(&program, &root, chart, values))
}

/// `helm template`: no cluster and no network is asked.
fn render(program: &Path, root: &Path, chart: &str, values: &[EcoString]) -> Result<String, String> {
    let directory = root.join(chart);
    let name = directory.file_name().map_or_else(|| "release".into(), |name| name.to_string_lossy().to_lowercase());
    let mut command = Command::new(program);
    command.arg("template").arg(&name).arg(&directory).args(["--include-crds", "--skip-tests"]);
    for file in values {
        command.arg("--values").arg(root.join(file.as_str()));
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|why| format!("{} cannot be run: {why}", program.display()))?;
    let (out, err) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let status = wait(&mut child)?;
    let text = |handle: std::thread::JoinHandle<String>| handle.join().unwrap_or_default();
    let (out, err) = (text(out), text(err));
    if status {
        return Ok(out);
    }
    let said = err.lines().find(|line| line.starts_with("Error:")).or_else(|| err.lines().next()).unwrap_or_default();
    // Paths of this machine are not for a report.
    Err(said.trim_start_matches("Error:").replace(&format!("{}/", root.display()), "").trim().to_string())
}

fn reader(stream: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Whether it succeeded, once it has ended.
fn wait(child: &mut Child) -> Result<bool, String> {
    let since = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) if since.elapsed() > PATIENCE => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it took more than {} seconds", PATIENCE.as_secs()));
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            Err(why) => return Err(why.to_string()),
        }
    }
}
