"""Stand-alone training recipes of the tables that this project builds."""

from bench.errors import unknown_name
from bench.optimize.optimizers.sgd import SGD
from bench.optimize.schedules.cosine import Cosine
from bench.recipe.recipe import FilledRecipe
from bench.sample.images.images import Images
from bench.sample.paths.uniform import Uniform
from bench.spaces.nb201 import NB201
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.tracked import Tracked

PROTOCOLS = {
    "nb201/digits/test/30ep": FilledRecipe(
        space=NB201(),
        construct=NB201Net(cells=1, width=4, resolution=8, reduction="pooled"),
        norm=Tracked(affine=True),
        paths=Uniform(),
        images=Images(dataset="digits", train=900, held_out=0, batch=128, shift=0.125, flip=False),
        optimizer=SGD(rate=0.1, nesterov=True, weight_decay=5e-4),
        schedule=Cosine(),
        precision="float32",
        epochs=30,
        prediction_batch=897,
    ),
}
"""Training recipes by table name; the space is fixed to one cell at a time."""


def protocol(table: str) -> FilledRecipe:
    """Return the training recipe of a table that this project builds; raises `UnknownName`."""
    if table not in PROTOCOLS:
        raise unknown_name("table to build", table, PROTOCOLS, "bench/stand_alone/protocols.py has their recipes")
    return PROTOCOLS[table]
