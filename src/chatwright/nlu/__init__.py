"""Understanding of messages: a pipeline of components, trained on labelled examples."""
