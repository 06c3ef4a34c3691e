"""The BPMN 2.0 token engine: drawing, soundness, semantics (plain Python), and what stores them."""
