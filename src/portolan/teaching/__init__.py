"""Teaching: from what people label, a concept that scores every row. `docs/concepts.md` tells how and how well.

Labels are source, and lie in the journal. What is learnt from them is derived: a stage of the map whose record holds
the model, and whose columns are measured columns like any scorer's.
"""

from portolan.teaching.concept import Concept
from portolan.teaching.teacher import Teacher

__all__ = ["Concept", "Teacher"]
