"""Named studies, one table-like file each; the engine in bench/ knows none of them."""
