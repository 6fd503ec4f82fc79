#!/bin/sh
# On a machine with a GPU, within ten minutes, without a network: first checks against the CPU, then speeds, then runs to
# store. Copy back what is in $OUT (gpu.json, results.tar.gz, unfinished-*.tar).
#
#   OUT=folder sh benchmarks/gpu.sh --images cifar10-jpeg.npz              the first call
#   OUT=folder sh benchmarks/gpu.sh --images ... --before folder           the next one goes on, on any machine of that card
#   sh benchmarks/gpu.sh checks speeds                                     only parts; all options: --help
#   MPS=yes sh benchmarks/gpu.sh ...                                       runs share the card by NVIDIA's
#                                                                          Multi-Process Service, started here
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
if [ "${MPS:-no}" = yes ]; then
    CUDA_MPS_PIPE_DIRECTORY=$(mktemp -d) CUDA_MPS_LOG_DIRECTORY=$(mktemp -d)
    export CUDA_MPS_PIPE_DIRECTORY CUDA_MPS_LOG_DIRECTORY
    nvidia-cuda-mps-control -d || { echo "error: MPS=yes, but nvidia-cuda-mps-control does not start" >&2; exit 2; }
    trap 'echo quit | nvidia-cuda-mps-control' EXIT
fi
PYTHONPATH=".${PYTHONPATH:+:$PYTHONPATH}" PYTHONUNBUFFERED=1 "$python" -m benchmarks.gpu --out "${OUT:-gpu-out}" "$@"
