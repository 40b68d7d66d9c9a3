//! A browser without a window, driven through two pipes.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Long enough for a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// Browsers are large: one at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// A test that needs something which this machine lacks is skipped; where `THEORIA_REQUIRE_BROWSER` is set, it fails.
pub fn missing<T>(what: &str) -> Option<T> {
    assert!(std::env::var_os("THEORIA_REQUIRE_BROWSER").is_none_or(|value| value.is_empty()), "{what}");
    eprintln!("skipped: {what}");
    None
}

/// A browser with one page.
pub struct Browser {
    child: Child,
    input: ChildStdin,
    /// Messages of the browser, as they come.
    output: Receiver<Value>,
    session: Option<String>,
    last: u64,
    _profile: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Browser {
    /// A browser that shows `url`. None, with a word on standard error, if this machine has none and need not have one.
    pub fn open(url: &str) -> Option<Browser> {
        let names = ["chromium", "chromium-browser", "google-chrome"];
        let paths = std::env::var_os("PATH").unwrap_or_default();
        let known = |name: &&&str| std::env::split_paths(&paths).any(|path| path.join(name).is_file());
        let Some(program) = names.iter().find(known).filter(|_| cfg!(unix)) else {
            return missing("there is no Chromium on this machine");
        };
        let mut browser = Browser::start(program);
        let page = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let session = browser.call("Target.attachToTarget", json!({ "targetId": page["targetId"], "flatten": true }));
        browser.session = Some(session["sessionId"].as_str().expect("a session").to_owned());
        browser.call("Page.enable", json!({}));
        browser.size(1100, 800);
        browser.go(url);
        Some(browser)
    }

    fn start(program: &str) -> Browser {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let profile = tempfile::tempdir().expect("a temporary folder");
        // The browser reads what it shall do from file 3 and answers on file 4. It ends when nobody holds the other ends.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", "sh", program])
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--disable-dev-shm-usage", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the browser starts");
        let (input, output) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        let (send, receive) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(output).split(0).map_while(Result::ok) {
                if send.send(serde_json::from_slice(&message).expect("the browser speaks JSON")).is_err() {
                    return;
                }
            }
        });
        Browser { child, input, output: receive, session: None, last: 0, _profile: profile, _alone: alone }
    }

    /// Asks something of the browser and waits for its answer, or the reason why there is none.
    fn try_call(&mut self, method: &str, parameters: Value) -> Result<Value, String> {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.input.write_all(format!("{message}\0").as_bytes()).expect("the browser listens");
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let mut answer = self.output.recv_timeout(left).unwrap_or_else(|_| panic!("no answer to {method}"));
            if answer["id"] == json!(self.last) {
                let error = &answer["error"];
                return if error.is_null() { Ok(answer["result"].take()) } else { Err(error.to_string()) };
            }
        }
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.try_call(method, parameters).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    fn try_eval(&mut self, js: &str) -> Result<Value, String> {
        let parameters = json!({ "expression": js, "awaitPromise": true, "returnByValue": true });
        let mut answer = self.try_call("Runtime.evaluate", parameters)?;
        match &answer["exceptionDetails"] {
            Value::Null => Ok(answer["result"]["value"].take()),
            thrown => Err(thrown["exception"]["description"].as_str().unwrap_or("thrown").to_owned()),
        }
    }

    /// The value of an expression in the page; of a promise, what it promised.
    #[track_caller]
    pub fn eval(&mut self, js: &str) -> Value {
        self.try_eval(js).unwrap_or_else(|error| panic!("{js}: {error}"))
    }

    /// Waits until an expression is true, through reloads too.
    #[track_caller]
    pub fn wait_until(&mut self, js: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let found = self.try_eval(&format!("Boolean({js})"));
            if found == Ok(json!(true)) {
                return;
            }
            assert!(Instant::now() < end, "it never came true: {js}\n{found:?}");
            std::thread::sleep(Duration::from_millis(15));
        }
    }

    /// Runs a script at the beginning of every page from now on.
    pub fn on_every_page(&mut self, js: &str) {
        self.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": js }));
    }

    #[track_caller]
    pub fn go(&mut self, url: &str) {
        let answer = self.call("Page.navigate", json!({ "url": url }));
        assert!(answer["errorText"].is_null(), "{url}: {answer}");
        self.wait_until(&format!("location.href === {} && document.readyState === 'complete'", json!(url)));
    }

    /// The size of the page, as of a telephone where it is narrow.
    pub fn size(&mut self, width: u32, height: u32) {
        let parameters = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.call("Emulation.setDeviceMetricsOverride", parameters);
    }

    /// Whether the reader's system is dark.
    pub fn dark(&mut self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": value }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// Whether the reader asks for less motion.
    pub fn calm(&mut self, calm: bool) {
        let value = if calm { "reduce" } else { "no-preference" };
        let features = json!([{ "name": "prefers-reduced-motion", "value": value }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// Presses a key, by its name in the DOM.
    pub fn press(&mut self, key: &str, text: &str) {
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            self.call("Input.dispatchKeyEvent", json!({ "type": kind, "key": key, "code": key, "text": text }));
        }
    }

    /// Moves the mouse to the middle of an element, which is brought on the screen; to the page's corner for an empty selector.
    #[track_caller]
    pub fn point(&mut self, selector: &str) {
        let place = self.middle(selector);
        let parameters = json!({ "type": "mouseMoved", "x": place[0], "y": place[1] });
        self.call("Input.dispatchMouseEvent", parameters);
    }

    /// Taps with a finger.
    #[track_caller]
    pub fn tap(&mut self, selector: &str) {
        let place = self.middle(selector);
        self.call("Emulation.setTouchEmulationEnabled", json!({ "enabled": true }));
        let points = json!([{ "x": place[0], "y": place[1] }]);
        self.call("Input.dispatchTouchEvent", json!({ "type": "touchStart", "touchPoints": points }));
        self.call("Input.dispatchTouchEvent", json!({ "type": "touchEnd", "touchPoints": [] }));
    }

    #[track_caller]
    fn middle(&mut self, selector: &str) -> Value {
        if selector.is_empty() {
            return json!([1, 1]);
        }
        self.eval(&format!(
            "(() => {{ const it = document.querySelector({}); it.scrollIntoView({{block: 'center', behavior: 'instant'}}); \
             const box = it.getClientRects()[0]; return [box.left + box.width / 2, box.top + box.height / 2]; }})()",
            json!(selector)
        ))
    }

    /// Whether the page is shown as it would be on paper.
    pub fn on_paper(&mut self, paper: bool) {
        self.call("Emulation.setEmulatedMedia", json!({ "media": if paper { "print" } else { "" } }));
    }

    /// Runs a script in every page that is loaded from now on, before its own.
    pub fn before_load(&mut self, js: &str) {
        self.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": js }));
    }

    /// Types a text where the focus is.
    pub fn insert(&mut self, text: &str) {
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// Writes what the page looks like to a PNG file.
    pub fn screenshot(&mut self, path: &Path) {
        let answer = self.call("Page.captureScreenshot", json!({ "format": "png" }));
        std::fs::write(path, base64(answer["data"].as_str().expect("a picture"))).expect("a file can be written");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.session = None;
        // Asked nicely, it ends its other processes too, and writes no more into the profile.
        let _ = self.input.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn base64(text: &str) -> Vec<u8> {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut out, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for digit in text.bytes().filter_map(|byte| digits.iter().position(|digit| *digit == byte)) {
        bits = bits << 6 | digit as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    out
}
