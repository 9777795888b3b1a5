// broken: circomlib's Decoder may say "no success" for an index that it has
// input: {"inp": "2"}
pragma circom 2.0.0;
include "multiplexer.circom";
component main = Decoder(4);
