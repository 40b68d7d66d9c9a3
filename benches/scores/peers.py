"""PyTorch beside our score machines, in turns, on the same problems.

    python -m venv venv
    venv/bin/pip install torch numpy
    venv/bin/python benches/scores/peers.py train-images-idx3-ubyte.gz [COUNT]

builds our benchmark and lets it answer, in single precision. The problem is one noise image and the first COUNT (1,000)
training images of MNIST, the machine the boundary-broken one. Two implementations of the same mathematics in PyTorch:
`batched` gathers all windows of a batch of training images, takes one matrix product a border class and a streaming
log-sum-exp in place, with the best of four batch sizes; `loop` goes pixel after pixel and broadcasts the difference of its
window with all candidates of a batch. Both on as many threads as ours. Sums over twenty steps are those of the scales
that the published network has on MNIST.
"""

import gzip
import json
import math
import os
import pathlib
import subprocess
import sys
import time

ROUNDS = int(os.environ.get("ROUNDS", 3))
SCALES = [3, 3, 5, 5, 5, 7, 7, 7, 9, 9, 11, 11, 11, 11, 13, 15, 15, 15, 15, 15]
WINDOWS = [(3, 0.1), (7, 0.35), (11, 0.6), (17, 0.95)]
BATCHES = [4, 16, 64, 256]


def classes(size, k):
    d = k // 2
    inner = list(range(d, size - d))
    return [[i] for i in range(size) if i < d or i >= size - d] + ([inner] if inner else [])


class Stream:
    """A streaming log-sum-exp: logits (rows, columns), values (columns, channels)."""

    def __init__(self, torch, rows, channels):
        self.torch = torch
        self.top = torch.full((rows, 1), -math.inf)
        self.weight, self.value = torch.zeros(rows, 1), torch.zeros(rows, channels)

    def absorb(self, logits, values):
        top = self.torch.maximum(self.top, logits.amax(1, keepdim=True))
        scale = self.torch.exp(self.top - top)
        weights = logits.sub_(top).exp_()
        self.weight.mul_(scale).add_(weights.sum(1, keepdim=True))
        self.value.mul_(scale).add_(weights @ values)
        self.top = top


def windows(torch, images, k):
    n, _, h, w = images.shape
    return torch.nn.functional.unfold(images, k, padding=k // 2).transpose(1, 2).reshape(n, h, w, -1)


def posterior_mean(torch, images, x, k, beta, batch, loop):
    a = math.sqrt(1 - beta)
    n, channels, h, w = images.shape
    # Shifted to black, where most of an image is 0.
    noise = windows(torch, x + a, k)
    groups = [(torch.tensor(r), torch.tensor(c)) for r in classes(h, k) for c in classes(w, k)]
    if loop:
        groups = [
            (r[i : i + 1], c[j : j + 1], r, c) for r, c in groups for i in range(len(r)) for j in range(len(c))
        ]
    else:
        groups = [(r, c, r, c) for r, c in groups]
    streams = [Stream(torch, len(r) * len(c), channels) for r, c, _, _ in groups]
    for start in range(0, n, batch):
        part = images[start : start + batch]
        patches = windows(torch, part + 1, k) * a
        for (r, c, rows, columns), stream in zip(groups, streams):
            query = noise[:, r][:, :, c].reshape(-1, noise.shape[-1])
            p = patches[:, rows][:, :, columns].reshape(-1, patches.shape[-1])
            v = part[:, :, rows][:, :, :, columns].permute(0, 2, 3, 1).reshape(-1, channels)
            if loop:
                logits = (query - p).square().sum(1).mul_(-0.5 / beta)[None]
            else:
                half = (p * p).sum(1).mul_(-0.5 / beta)
                logits = torch.addmm(half, query / beta, p.T)
            stream.absorb(logits, v)
    mean = torch.empty_like(x)
    for (r, c, _, _), stream in zip(groups, streams):
        block = (stream.value / stream.weight).reshape(1, len(r), len(c), channels).permute(0, 3, 1, 2)
        mean[:, :, r[:, None], c[None, :]] = block
    return mean


def answer(kind, path, threads):
    """Answers lines "COUNT K T THREADS" with seconds and peak memory in KiB."""
    import resource

    import numpy
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    raw = gzip.open(path).read() if path.endswith(".gz") else pathlib.Path(path).read_bytes()
    pixels = numpy.frombuffer(raw, numpy.uint8, offset=16).reshape(-1, 1, 28, 28)
    best = {}
    for line in sys.stdin:
        count, k, t, _ = line.split()
        count, k, t = int(count), int(k), float(t)
        images = torch.tensor(pixels[:count].astype("float32") / 127.5 - 1)
        beta = 1 - math.cos(math.pi * t / 2.016) ** 2
        x = math.sqrt(1 - beta) * images[:1] + math.sqrt(beta) * torch.randn(1, 1, 28, 28)

        def seconds(batch):
            start = time.perf_counter()
            posterior_mean(torch, images, x, k, beta, batch, kind == "loop")
            return time.perf_counter() - start

        with torch.no_grad():
            if k not in best:
                trial = {batch: seconds(batch) for batch in ([64] if kind == "loop" else BATCHES)}
                best[k] = min(trial, key=trial.get)
            print(seconds(best[k]), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)


class Contender:
    def __init__(self, command, threads):
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads]),
        )
        self.threads, self.peak = threads, 0

    def ask(self, count, k, t):
        self.process.stdin.write(f"{count} {k} {t} {self.threads}\n")
        self.process.stdin.flush()
        seconds, peak = self.process.stdout.readline().split()
        self.peak = int(peak)
        return float(seconds)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def our_program():
    build = ["cargo", "bench", "--bench", "scores", "--no-default-features", "--no-run", "--message-format=json"]
    folder = pathlib.Path(__file__).resolve().parents[2]
    lines = subprocess.run(build, cwd=folder, check=True, capture_output=True, text=True).stdout.splitlines()
    programs = [json.loads(line).get("executable") for line in lines if '"executable"' in line]
    return next(program for program in reversed(programs) if program and "scores" in program)


def compare(program, path, count, threads):
    script = [sys.executable, os.path.abspath(__file__)]
    contenders = {
        "ours": Contender([program, path, "answer"], threads),
        "batched": Contender([*script, path, "batched", str(threads)], threads),
        "loop": Contender([*script, path, "loop", str(threads)], threads),
    }
    medians = {}
    problems = WINDOWS if "QUICK" in os.environ else sorted({(k, (j + 1) / 20) for j, k in enumerate(SCALES)} | {WINDOWS[3]})
    for k, t in problems:
        rounds = [{name: contender.ask(count, k, t) for name, contender in contenders.items()} for _ in range(ROUNDS)]
        print(f"{count} images, {threads} threads, k = {k:2}, t = {t:.2f}:", end="")
        for name in contenders:
            times = sorted(turn[name] for turn in rounds)
            # Of runs that were neighbours in time.
            ratios = sorted(turn[name] / turn["ours"] for turn in rounds)
            medians[name, k, t] = times[len(times) // 2]
            print(f"  {name} {medians[name, k, t]:7.3f} s", end="" if name == "ours" else f" ({ratios[len(ratios) // 2]:5.1f} x)")
        print(flush=True)
    if "QUICK" not in os.environ:
        sums = {name: sum(medians[name, k, (j + 1) / 20] for j, k in enumerate(SCALES)) for name in contenders}
        print(f"{count} images, {threads} threads, twenty steps:", end="")
        print("".join(f"  {name} {total:.2f} s ({total / sums['ours']:.1f} x)" for name, total in sums.items()))
    print("peak memory:", ", ".join(f"{name} {contender.peak / 1024:.0f} MiB" for name, contender in contenders.items()))
    for contender in contenders.values():
        contender.close()


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[2] in ("batched", "loop"):
        answer(sys.argv[2], sys.argv[1], int(sys.argv[3]))
    elif len(sys.argv) in (2, 3):
        for threads in (1, 2):
            compare(our_program(), sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else 1000, threads)
    else:
        sys.exit(__doc__)
