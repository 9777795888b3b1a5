// broken: two hints with a known sum and a known product: they can change places
// input: {"sum": "12", "product": "35"}
pragma circom 2.0.0;
template Factors() {
    signal input sum; signal input product;
    signal output first; signal second;
    var root = 0;
    for (var i = 0; i < 64; i++) { if (i * (sum - i) == product && root == 0) { root = i; } }
    first <-- root;
    second <-- sum - root;
    first + second === sum;
    first * second === product;
}
component main = Factors();
