"""Several hosts: the site on a network of its own, while hosts are cut off and packets get lost."""
