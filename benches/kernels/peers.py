"""Other libraries beside ours, in turns, on the same problems.

    python -m venv venv
    venv/bin/pip install "neural-tangents==0.6.5" "jax==0.4.30" "jaxlib==0.4.30" "tf2jax==0.3.6" "numpy<2"
    venv/bin/python benches/kernels/peers.py [mlp] [conv]

builds our benchmark and lets it answer. Problems: NNGP and NTK of a ReLU MLP of depth 10 for 2,000 inputs of 784
dimensions; of a convolutional network of depth 5 (3x3, SAME, global average pooling) for 32 images of 16x16x3.
neural-tangents is jitted and compiled before the clock starts; NumPy computes the same recursion with OpenBLAS's
products, told to use the widest vectors that the processor has, because old builds do not know new processors.
Every contender is a process of its own, so that its peak memory can be told.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

ROUNDS = int(os.environ.get("ROUNDS", 7))
INPUTS, LENGTH, DEPTH = 2000, 784, 10
IMAGES, SIDE, CHANNELS, CONVOLUTIONS = 32, 16, 3, 5


def numpy_run(case, kind, threads):
    import numpy as np

    x = np.random.default_rng(1).standard_normal((INPUTS, LENGTH)).astype(kind)
    if case == "product":
        return lambda: x @ x.T.copy()
    if case == "half-product":
        return lambda: x @ x.T
    if case != "mlp":
        return None

    def run():
        c = x @ x.T / LENGTH * 2
        theta, scale = c.copy(), np.sqrt(np.diagonal(c))
        for _ in range(DEPTH):
            s = np.outer(scale, scale)
            r = np.clip(c / s, -1, 1)
            angle = np.arccos(r)
            value = s / np.pi * (np.sqrt(1 - r * r) + (np.pi - angle) * r)
            theta = value + theta * (1 - angle / np.pi)
            c = value
        return c, theta

    return run


def jax_run(case, kind, threads):
    import jax

    jax.config.update("jax_enable_x64", True)
    import numpy as np
    from neural_tangents import stax

    random = np.random.default_rng(1)
    layers = []
    if case == "mlp":
        for _ in range(DEPTH):
            layers += [stax.Dense(1, W_std=2**0.5, b_std=None), stax.Relu()]
        x = random.standard_normal((INPUTS, LENGTH))
    elif case == "conv":
        for _ in range(CONVOLUTIONS):
            layers += [stax.Conv(1, (3, 3), padding="SAME", W_std=2**0.5, b_std=None), stax.Relu()]
        layers.append(stax.GlobalAvgPool())
        x = random.standard_normal((IMAGES, SIDE, SIDE, CHANNELS))
    else:
        return None
    kernel = stax.serial(*layers, stax.Dense(1, W_std=1.0, b_std=None))[2]
    jitted = jax.jit(lambda x: tuple(kernel(x, None, ("nngp", "ntk"))))
    x = jax.numpy.asarray(x.astype(kind))
    return lambda: jax.block_until_ready(jitted(x))


def answer(make, threads):
    """Answers lines "CASE KIND THREADS" with seconds and peak memory in KiB."""
    import resource

    runs = {}
    for line in sys.stdin:
        case, kind, _ = line.split()
        if (case, kind) not in runs:
            runs[case, kind] = make(case, {"f64": "float64", "f32": "float32"}[kind], threads)
            if runs[case, kind]:
                runs[case, kind]()
        if not runs[case, kind]:
            print("none", flush=True)
            continue
        start = time.perf_counter()
        runs[case, kind]()
        print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)


class Contender:
    def __init__(self, command, threads, environment=None):
        self.threads = threads
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **(environment or {})},
            preexec_fn=lambda: os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads]),
        )
        self.times, self.peak = [], 0

    def ask(self, case, kind):
        self.process.stdin.write(f"{case} {kind} {self.threads}\n")
        self.process.stdin.flush()
        words = self.process.stdout.readline().split()
        if len(words) != 2:
            return False
        self.times.append(float(words[0]))
        self.peak = int(words[1])
        return True

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def our_program():
    build = ["cargo", "bench", "--bench", "kernels", "--no-default-features", "--no-run", "--message-format=json"]
    folder = pathlib.Path(__file__).resolve().parents[2]
    lines = subprocess.run(build, cwd=folder, check=True, capture_output=True, text=True).stdout.splitlines()
    programs = [json.loads(line).get("executable") for line in lines if '"executable"' in line]
    return next(program for program in reversed(programs) if program and "kernels" in program)


def widest():
    flags = pathlib.Path("/proc/cpuinfo").read_text()
    return "SkylakeX" if "avx512dq" in flags else "Haswell" if "avx2" in flags else ""


def compare(program, case, kind, threads):
    single = {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"} if threads == 1 else {}
    blas = {"OPENBLAS_NUM_THREADS": str(threads)}
    if widest():
        blas["OPENBLAS_CORETYPE"] = widest()
    script = [sys.executable, os.path.abspath(__file__)]
    contenders = {
        "ours": Contender([program, "answer"], threads),
        "neural-tangents": Contender([*script, "jax", str(threads)], threads, single),
        "numpy": Contender([*script, "numpy", str(threads)], threads, blas),
    }
    product = Contender([*script, "numpy", str(threads)], threads, blas)
    memory = Contender([program, "answer"], threads)
    for _ in range(ROUNDS):
        for contender in contenders.values():
            contender.ask(case, kind)
        product.ask("product", kind)
        memory.ask("memory", kind)
    ours = contenders["ours"].times
    for name, contender in contenders.items():
        times = sorted(contender.times)
        if not times:
            print(f"{case:>5} {kind} {threads} threads {name:>16}: does not have it")
            continue
        # Of runs that were neighbours in time.
        ratios = sorted(theirs / our for theirs, our in zip(contender.times, ours))
        ratio = f"{ratios[len(ratios) // 2]:7.1f} times ours" if ours and name != "ours" else ""
        print(
            f"{case:>5} {kind} {threads} threads {name:>16}: least {times[0] * 1e3:8.1f} ms, "
            f"median {times[len(times) // 2] * 1e3:8.1f} ms, peak {contender.peak / 1024:7.0f} MiB {ratio}",
            flush=True,
        )
    if case == "mlp":
        floors = [half / 2 + fresh for half, fresh in zip(product.times, memory.times)]
        ratios = sorted(our / floor for floor, our in zip(floors, ours))
        rate = 2 * INPUTS * INPUTS * LENGTH / min(product.times) / 1e9
        print(
            f"      floor: half of OpenBLAS's product ({rate:.1f} GFlop/s) {min(product.times) * 500:.1f} ms, fresh "
            f"memory for the results {min(memory.times) * 1e3:.1f} ms; ours / floor: "
            f"least {min(ours) / min(floors):.2f}, median {ratios[len(ratios) // 2]:.2f}"
        )
    for contender in [*contenders.values(), product, memory]:
        contender.close()


def main(cases):
    program = our_program()
    for threads in (1, 2):
        for case in cases:
            for kind in ("f64", "f32"):
                compare(program, case, kind, threads)


if __name__ == "__main__":
    makers = {"jax": jax_run, "numpy": numpy_run}
    if len(sys.argv) > 2 and sys.argv[1] in makers:
        answer(makers[sys.argv[1]], int(sys.argv[2]))
    else:
        main(sys.argv[1:] or ["mlp", "conv"])
