//! API descriptions: bytes in, findings and a connector document out. No client.
