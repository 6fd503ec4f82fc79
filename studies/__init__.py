"""Studies, one table-like file each; bench/ does not depend on them."""
