"""PyTorch beside our ensembles, in turns, on the same problems.

    python -m venv venv
    venv/bin/pip install torch numpy
    venv/bin/python benches/ensembles/peers.py

builds our benchmark and lets it answer. Networks have 32 inputs, four hidden layers of 128 tanh neurons and one output.
`draw`: 1,000 of them are drawn and evaluated at 100 inputs. `descent`, `adam`: 64 are trained on 256 points with the whole
set at every step (STEPS=1000 of them; fewer give the same ratios). Two ways in PyTorch: `batched` keeps all members in one tensor and multiplies them
in batches, which is what vmap does; `loop` takes one member after the other, with torch.nn and torch.optim. Numbers are f32
and f64, threads 1 and 2. ROUNDS=3, KINDS="f32 f64" and THREADS="1 2" say otherwise.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

ROUNDS = int(os.environ.get("ROUNDS", 3))
STEPS = int(os.environ.get("STEPS", 1000))
KINDS = os.environ.get("KINDS", "f32 f64").split()
THREADS = [int(count) for count in os.environ.get("THREADS", "1 2").split()]
SIZES = [32, 128, 128, 128, 128, 1]
MEMBERS = 64


def draw_members(torch, count, kind):
    pairs = zip(SIZES, SIZES[1:])
    return [(torch.randn(count, i, o, dtype=kind) / i**0.5, torch.zeros(count, 1, o, dtype=kind)) for i, o in pairs]


def forward(torch, members, x):
    h = x.expand(members[0][0].shape[0], *x.shape)
    for at, (weights, biases) in enumerate(members):
        h = torch.baddbmm(biases, h, weights)
        if at + 1 < len(members):
            h = torch.tanh(h)
    return h


def optimiser(torch, what, parameters):
    return (torch.optim.Adam if what == "adam" else torch.optim.SGD)(parameters, 1e-3)


def draw(torch, way, count, kind):
    x = torch.randn(100, SIZES[0], dtype=kind)
    start = time.perf_counter()
    with torch.no_grad():
        if way == "batched":
            forward(torch, draw_members(torch, count, kind), x)
        else:
            for _ in range(count):
                forward(torch, draw_members(torch, 1, kind), x)
    return time.perf_counter() - start


def train(torch, way, what, steps, kind):
    x, y = torch.randn(256, SIZES[0], dtype=kind), torch.randn(256, 1, dtype=kind)
    start = time.perf_counter()
    if way == "batched":
        members = draw_members(torch, MEMBERS, kind)
        flat = [tensor.requires_grad_() for pair in members for tensor in pair]
        step = optimiser(torch, what, flat)
        for _ in range(steps):
            step.zero_grad()
            ((forward(torch, members, x) - y) ** 2).mean((1, 2)).sum().div(2).backward()
            step.step()
        return time.perf_counter() - start
    for _ in range(MEMBERS):
        layers = []
        for i, o in zip(SIZES, SIZES[1:]):
            layers += [torch.nn.Linear(i, o, dtype=kind), torch.nn.Tanh()]
        network = torch.nn.Sequential(*layers[:-1])
        step = optimiser(torch, what, network.parameters())
        for _ in range(steps):
            step.zero_grad()
            ((network(x) - y) ** 2).mean().div(2).backward()
            step.step()
    return time.perf_counter() - start


def answer(way, threads):
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    for line in sys.stdin:
        what, count, kind, _ = line.split()
        kind = torch.float32 if kind == "f32" else torch.float64
        count = int(count)
        print(draw(torch, way, count, kind) if what == "draw" else train(torch, way, what, count, kind), flush=True)


class Contender:
    def __init__(self, command, threads):
        self.threads = threads
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads]),
        )

    def ask(self, what, count, kind):
        self.process.stdin.write(f"{what} {count} {kind} {self.threads}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def our_program():
    build = ["cargo", "bench", "--bench", "ensembles", "--no-default-features", "--no-run", "--message-format=json"]
    folder = pathlib.Path(__file__).resolve().parents[2]
    lines = subprocess.run(build, cwd=folder, check=True, capture_output=True, text=True).stdout.splitlines()
    programs = [json.loads(line).get("executable") for line in lines if '"executable"' in line]
    return next(program for program in reversed(programs) if program and "ensembles" in program)


def compare(program, threads):
    script = [sys.executable, os.path.abspath(__file__)]
    contenders = {
        "ours": Contender([program, "answer"], threads),
        "batched": Contender([*script, "batched", str(threads)], threads),
        "loop": Contender([*script, "loop", str(threads)], threads),
    }
    for what, count in [("draw", 1000), ("descent", STEPS), ("adam", STEPS)]:
        for kind in KINDS:
            # The first turn warms up.
            turns = [{name: c.ask(what, count if turn else min(count, 50), kind) for name, c in contenders.items()} for turn in range(ROUNDS + 1)][1:]
            print(f"{what:7} {count:5} {kind}, {threads} threads:", end="")
            for name in contenders:
                times = sorted(turn[name] for turn in turns)
                # Of runs that were neighbours in time.
                ratios = sorted(turn[name] / turn["ours"] for turn in turns)
                print(f"  {name} {times[len(times) // 2]:8.3f} s", end="" if name == "ours" else f" ({ratios[len(ratios) // 2]:4.2f} x)")
            print(flush=True)
    for contender in contenders.values():
        contender.close()


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] in ("batched", "loop"):
        answer(sys.argv[1], int(sys.argv[2]))
    else:
        for threads in THREADS:
            compare(our_program(), threads)
