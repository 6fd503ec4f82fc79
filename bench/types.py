"""Values that several stages hand to each other."""

import numpy as np
from jaxtyping import Bool, Float, Int8, Shaped

Arch = tuple[int, ...]
"""One architecture: the index of its choice, one per decision of its space."""

Genes = Int8[np.ndarray, "arch decision"]
"""Many architectures, one row each."""

PerArch = Float[np.ndarray, "arch"]
Flags = Bool[np.ndarray, "arch"]
Keys = Shaped[np.ndarray, "arch"]
"""One architecture each, as bytes of one length; see `Space.keys`."""
