"""All call sequences by name."""

import applications
import catalog
import errors
import habits
import info
import parameters
import statements
import values

SEQUENCES = {}
for module in (values, parameters, statements, errors, catalog, info, applications, habits):
    SEQUENCES.update(module.SEQUENCES)
