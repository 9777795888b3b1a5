// broken: 127 + 128 bits reach beyond the field: most values have two readings, and no limb is a power of two
// input: {"x": "12345678901234567890"}
pragma circom 2.0.0;
include "bitify.circom";
template Limbs() {
    signal input x;
    signal output hi; signal output lo;
    lo <-- x & ((1 << 128) - 1);
    hi <-- x >> 128;
    hi * (1 << 128) + lo === x;
    component h = Num2Bits(127); h.in <== hi;
    component l = Num2Bits(128); l.in <== lo;
}
component main = Limbs();
