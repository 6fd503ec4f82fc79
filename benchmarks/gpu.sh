#!/bin/sh
# On a machine with a GPU, within ten minutes, without a network: first checks against the CPU, then speeds, then runs to
# store. Copy back what is in $OUT (gpu.json, results.tar.gz, unfinished-*.tar).
#
#   OUT=folder sh benchmarks/gpu.sh --images cifar10-jpeg.npz              the first call
#   OUT=folder sh benchmarks/gpu.sh --images ... --before folder           the next one goes on, on any machine of that card
#   sh benchmarks/gpu.sh checks speeds                                     only parts; all options: --help
#
# Afterwards, in the clone: tar -xzf results.tar.gz -C results
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
missing=$("$python" - <<'END'
import importlib.util
needed = "numpy scipy pandas h5py matplotlib seaborn torch torchvision typer rich jinja2 PIL jaxtyping sklearn"
print(*(name for name in needed.split() if importlib.util.find_spec(name) is None))
END
)
if [ -n "$missing" ]; then
    echo "error: $python lacks $missing; name another with PYTHON=, or add wheels' folder to PYTHONPATH" >&2
    exit 2
fi
PYTHONPATH=".${PYTHONPATH:+:$PYTHONPATH}" PYTHONUNBUFFERED=1 exec "$python" -m benchmarks.gpu --out "${OUT:-gpu-out}" "$@"
