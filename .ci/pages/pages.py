"""Runs the commands of the Markdown pages as they are written: pages.py [PAGE…]

Without pages it takes every Markdown file that has a block in ```sh. A page is
one session of bash: its blocks run from top to bottom, in a copy of the tree of
their own, built once for all, with an empty home folder, and what one block sets
the next one has. A command that fails, also one before &&, ends the page with its
file and line. Where the kernel allows it, a page has processes and a network of
its own: nothing else is reached from it, and its end is that of all it started.

Comments say what differs, on the lines before the block that they are for:

  <!-- pages: stage NAME -->     once, on top: the page runs under .ci/pages/NAME,
                                 which is given a command and sets up what it
                                 needs (NAME.py with the Python of .tools): endpoints, programs on PATH. What it writes
                                 to $PAGES_TMP/notes is printed in the end.
  <!-- pages: run                commands that readers do not see, up to the line
  …                              that ends the comment: they stand in for what a
  -->                            reader has or does by hand. The first says what.
                                 ctrl_c there ends the bus that runs
  <!-- pages: skip REASON -->    the block is not run
  <!-- pages: exits N -->        a command of the block exits with N, and no other
                                 with anything but 0
  <!-- pages: types TEXT -->     what the reader answers when a command asks
  <!-- pages: until TEXT -->     the block goes on in another terminal; the next one
                                 begins when TEXT was printed
  <!-- pages: output -->         the block is what the one before it printed. "…"
                                 stands for any text, on a line of its own for any
                                 lines; blanks are counted once.

In a block in ```console the lines after "$ " are commands and the others what
they print. A stage has PAGES_ROOT, the tree with its .tools, and PAGES_TMP, a
folder that is removed in the end.
"""

import concurrent.futures
import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT, HERE = Path.cwd(), Path(__file__).parent.resolve()
LIMIT = 900  # seconds for a page, on a machine with more to do
# The shell takes a command before && that fails for a condition; here it is a failure.
AND = re.compile(r"""('[^']*'|"[^"]*")| && (?!break|continue|return)""")
HEREDOC, CONDITION = re.compile(r"<<-?\s*['\"]?(\w+)"), re.compile(r"\s*(if|elif|while|until|for|test|\[) ")
FENCE, MARK = re.compile(r"^(\s*)```(\w*)"), re.compile(r"^\s*<!-- pages: (\w+)\s?(.*?)\s*(-->)?$")


class Page:
    """A page as a script of as many lines, so that bash names the lines of the page."""

    def __init__(self, tree, path):
        self.tree, self.path, self.stage, self.skipped, self.wanted, self.typed, self.script = tree, path, None, [], [], set(), []
        marks, block, last, hidden = {}, None, None, False
        for number, line in enumerate((tree / path).read_text().splitlines(), 1):
            out, fence, mark = "", FENCE.match(line), MARK.match(line)
            if hidden:
                hidden = line.strip() != "-->"
                out = line if hidden else "__end"
            elif block and fence:
                out, last, block = self.end(block, marks, number), block["line"] if block["run"] else last, None
                marks = {}
            elif block:
                out = self.inside(block, line, number)
            elif mark:
                hidden = mark[1] == "run"
                if hidden:
                    out = f"__begin {number}"
                elif mark[1] == "stage":
                    self.stage = mark[2]
                else:
                    marks[mark[1]] = mark[2]
            elif fence:
                run = fence[2] in ("sh", "console") and "skip" not in marks and "output" not in marks
                block = {"line": number, "run": run, "console": fence[2] == "console", "output": last if "output" in marks else None, "want": [], "heredoc": None}
                if fence[2] in ("sh", "console") and "skip" in marks:
                    self.skipped.append((number, marks["skip"]))
                if run:
                    out = f"__begin {number} {marks.get('exits', 0)} {shlex.quote(marks.get('types', ''))}" + ("; {" if "until" in marks else "")
            self.script.append(out)
        self.script[0] = f". {shlex.quote(str(HERE / 'prelude.sh'))}"
        self.script.append("__over")

    def inside(self, block, line, number):
        if block["console"] and block["run"]:
            if not line.startswith("$ "):
                block["want"].append(line)
                return ""
            line = line[2:]
        if not block["run"]:
            block["want"].append(line)
            return ""
        self.typed.add(number)
        block["heredoc"] = None if line == block["heredoc"] else block["heredoc"]
        if not block["heredoc"]:
            heredoc = HEREDOC.search(line)
            block["heredoc"] = heredoc and heredoc[1]
            if not CONDITION.match(line):
                line = AND.sub(lambda m: m[1] or " || __left $?; ", line)
        return line

    def end(self, block, marks, number):
        if block["output"] or (block["console"] and block["run"] and block["want"]):
            self.wanted.append((block["line"], block["output"] or block["line"], block["want"]))
        if not block["run"]:
            return ""
        return f"}} & __until {shlex.quote(marks['until'])}" if "until" in marks else "__end"

    def walk(self, environment):
        """Runs the page, and returns what is to be said of it and whether it holds."""
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="pages-") as folder:
            tmp = Path(folder)
            subprocess.run(["cp", "-a", self.tree, tmp / "tree"], check=True)
            for name in ["home", "out", "bin", "tmp"]:
                (tmp / name).mkdir()
            (tmp / "page").write_text("\n".join(self.script) + "\n")
            stage = [HERE / self.stage] if self.stage else []
            if self.stage and self.stage.endswith(".py"):
                stage.insert(0, ROOT / ".tools/python/bin/python")
            process = subprocess.Popen([*ALONE, *stage, "bash", tmp / "page"], cwd=tmp / "tree", stdin=subprocess.DEVNULL, stdout=(tmp / "said").open("w"), stderr=subprocess.STDOUT, start_new_session=True,
                                       env={**environment, "PATH": f"{tmp}/bin:{environment['PATH']}", "HOME": f"{tmp}/home", "TMPDIR": f"{tmp}/tmp", "PAGES_ROOT": str(ROOT), "PAGES_TMP": folder})
            RUNNING.add(process.pid)
            try:
                process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                fail(tmp, f"the page takes more than {LIMIT} seconds")
            finally:
                end(process.pid)
                process.wait()
            return self.report(tmp, time.monotonic() - began)

    def report(self, tmp, seconds):
        def text(name):
            return (tmp / name).read_text(errors="replace") if (tmp / name).is_file() else ""

        wrong = [f"{self.path}:{line}" for line in text("failed").splitlines()]
        if not wrong and not (tmp / "over").exists():
            wrong = [f"{self.path}:{text('at').strip() or 1}: the page ends in the middle"]
        for line, of, want in [] if wrong else self.wanted:
            if not matches(want, text(f"out/{of}")):
                wrong.append(f"{self.path}:{line}: the output differs: it was\n{text(f'out/{of}')}")
        ran = {int(n) for n in text("ran").split()} & self.typed
        said = [f"{self.path}: {len(ran)} commands ran in {seconds:.0f} s"]
        said += [f"  not run: {self.path}:{line}: {why}" for line, why in self.skipped]
        said += [f"  stands in: {note}" for note in dict.fromkeys(text("notes").splitlines())]
        if wrong:
            said += [*wrong, text(f"out/{text('at').strip()}")[-4000:], text("said")[-4000:]]
        return "\n".join(s for s in said if s), not wrong


def end(group):
    """Ends what a page started."""
    RUNNING.discard(group)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def fail(tmp, why):
    at = (tmp / "at").read_text().strip() if (tmp / "at").exists() else "1"
    with (tmp / "failed").open("a") as f:
        f.write(f"{at}: {why}\n")


def matches(want, got):
    def lines(text):
        return [re.sub(r"\s+", " ", line).strip() for line in text]

    pattern = "".join(r"(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*?") + r"\n" for line in lines(want))
    return re.fullmatch(pattern, "".join(line + "\n" for line in lines(got.splitlines())))


def files():
    """The tree as git knows it, with what is not committed."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], capture_output=True, text=True, check=True).stdout
    return [f for f in listed.split("\0") if f and os.path.lexists(f)]


def copy(tree, env):
    """The tree as the pages find it: built, so that make has nothing to do there, whatever changes here meanwhile."""
    for file in files():
        (tree / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, tree / file, follow_symlinks=False)
    if Path("build").exists():
        subprocess.run(["cp", "-a", "build", tree], check=True)
    subprocess.run(["make", "--silent", "build"], cwd=tree, env={**env, "HOME": str(tree)}, check=True)


def environment():
    """Nothing of who runs this, but where Go keeps what it has."""
    go = json.loads(subprocess.run(["go", "env", "-json", "GOCACHE", "GOMODCACHE", "GOPATH", "GOPROXY", "GOSUMDB", "GOTOOLCHAIN"], capture_output=True, check=True).stdout)
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "dumb", **go}


def alone():
    """What gives a command processes and a network of its own, which end with this program."""
    for options in [[], ["--map-root-user"]]:
        command = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", *options, sys.executable, str(HERE / "alone.py")]
        try:
            if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
                return command
        except FileNotFoundError:
            break
    print("pages: no namespaces can be made here: commands could reach others, and leave processes")
    return []


def main():
    # The longest first, so that none of them is left for the end.
    pages = sys.argv[1:] or sorted((f for f in files() if f.endswith(".md") and "```sh" in Path(f).read_text()), key=os.path.getsize, reverse=True)
    for number in [signal.SIGINT, signal.SIGTERM]:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix="pages-tree-") as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        env, good = environment(), True
        copy(Path(folder), env)
        try:
            for said, holds in pool.map(lambda page: Page(Path(folder), page).walk(env), pages):
                print(said, flush=True)
                good &= holds
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for group in list(RUNNING):
                end(group)
            raise
    sys.exit(not good)


ALONE, RUNNING = [], set()
if __name__ == "__main__":
    ALONE = alone()
    main()
