"""How good an answer is, with how sure one may be of it. No framework here."""
