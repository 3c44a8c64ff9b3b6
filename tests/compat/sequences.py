"""All call sequences by name."""

import catalog
import errors
import info
import parameters
import statements
import values

SEQUENCES = {}
for module in (values, parameters, statements, errors, catalog, info):
    SEQUENCES.update(module.SEQUENCES)
