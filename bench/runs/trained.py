"""The trained supernet of a stored run."""

from pathlib import Path

from bench.errors import StoreError
from bench.predict.trained import TrainedSupernet
from bench.runs.store import CHECKPOINT, Run
from bench.sample.images.image_files import open_images


def load_trained(study: str, row: str, run: Run, data: Path, device: str = "cpu") -> TrainedSupernet:
    """Return the supernet of a run; raises `StoreError` with the command that trains it if its weights are missing."""
    saved = run.folder / CHECKPOINT
    if not saved.is_file():
        raise StoreError(
            f"the weights of row '{row}', seed {run.seed}, are not in {run.folder} (the repository has none); train "
            f'them with \'supernet-bench run {study} --row "{row}" --preset {run.preset} --seeds {run.seed} '
            "--results FOLDER', then predict with --results FOLDER"
        )
    return TrainedSupernet.load(saved, run.recipe, open_images(run.recipe.images.dataset, data), run.seed, device)
