"""supernet-bench: how well does a supernet rank architectures?"""

__version__ = "1.0.0"
