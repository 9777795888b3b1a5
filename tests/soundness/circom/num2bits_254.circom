// broken: 254 bits have two decompositions of most values (iden3, Self, Unirep)
// input: {"in": "5"}
pragma circom 2.0.0;
include "bitify.circom";
component main = Num2Bits(254);
