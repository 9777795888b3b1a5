// broken: the limbs of a sum are checked, the carry between them is not: it may be a fraction of 2^32
// input: {"a0": "4294967295", "a1": "7", "b0": "2", "b1": "9"}
pragma circom 2.0.0;
include "bitify.circom";
template Add() {
    signal input a0; signal input a1; signal input b0; signal input b1;
    signal output s0; signal output s1; signal output s2;
    signal carry;
    s0 <-- (a0 + b0) & 0xffffffff;
    carry <-- (a0 + b0) >> 32;
    s0 + carry * (1 << 32) === a0 + b0;
    component n0 = Num2Bits(32); n0.in <== s0;
    s1 <-- (a1 + b1 + carry) & 0xffffffff;
    s2 <-- (a1 + b1 + carry) >> 32;
    s1 + s2 * (1 << 32) === a1 + b1 + carry;
    component n1 = Num2Bits(32); n1.in <== s1;
}
component main = Add();
