// broken: bits of which one is not constrained to be boolean (non-boolean path bits)
// input: {"in": "5"}
pragma circom 2.0.0;
template Bits(n) {
    signal input in;
    signal output out[n];
    var sum = 0;
    for (var i = 0; i < n; i++) {
        out[i] <-- (in >> i) & 1;
        if (i != 1) { out[i] * (out[i] - 1) === 0; }
        sum += out[i] * (1 << i);
    }
    sum === in;
}
component main = Bits(8);
