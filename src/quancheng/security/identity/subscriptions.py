"""What identity does for the apps below it: pmi asks who holds which role, the trail what places are called."""

from quancheng.security.identity import queries
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

pmi.use_directory(queries.Directory())
trail.use_gazetteer(queries.Directory())
