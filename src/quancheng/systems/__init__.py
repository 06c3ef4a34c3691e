"""Layer 4: the systems that face everyone: portal, service hall, intranet door."""
