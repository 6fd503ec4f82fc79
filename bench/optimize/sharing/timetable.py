"""The phases of local sharing as fractions of training."""


def moment(progress: float, layers: int, warm_up: float, fine_tuning: float) -> tuple[int, bool]:
    """Return how many layers are settled at a fraction of training, and whether the next one is being learned.

    The time between warm-up and fine-tuning is divided evenly among the layers. In the first half of its time a layer
    is learned; then it is settled.

    >>> [moment(progress, 2, 0.2, 0.2) for progress in (0.0, 0.25, 0.4, 0.55, 0.7, 0.9)]
    [(0, False), (0, True), (1, False), (1, True), (2, False), (2, False)]
    """
    passed = (progress - warm_up) / (1 - warm_up - fine_tuning) * layers
    if passed < 0:
        return 0, False
    if passed >= layers:
        return layers, False
    layer, part = divmod(passed, 1)
    return int(layer) + (part >= 0.5), part < 0.5
