"""What identity does for the apps below it: pmi's pages ask it who holds which role."""

from quancheng.security.identity import queries
from quancheng.security.pmi import public as pmi

pmi.use_directory(queries.Directory())
