"""Words: what people type, what other servers send, and the languages we speak."""
