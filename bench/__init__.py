"""supernet-bench: how well does a supernet rank architectures?"""

__version__ = "0.2.0"
