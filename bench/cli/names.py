"""The names of studies and presets that a shell completes. Nothing is imported until asked."""

from pathlib import Path


def studies(incomplete: str) -> list[str]:
    """Return the studies, and the Python files here, that begin so."""
    from bench.study.study import STUDIES

    return [name for name in (*STUDIES.names(), *map(str, Path().glob("*.py"))) if name.startswith(incomplete)]


def presets(incomplete: str) -> list[str]:
    """Return the presets that begin so."""
    from bench.recipe.preset import PRESETS

    return [name for name in PRESETS if name.startswith(incomplete)]
