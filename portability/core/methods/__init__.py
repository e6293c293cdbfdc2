"""Methods of agreements outside the European Union, each a module; ``settling`` chooses."""
