// broken: the product is assigned with <-- and nothing constrains it (the `=` for `<==` of MiMC)
// input: {"a": "3", "b": "4"}
pragma circom 2.0.0;
template Product() {
    signal input a;
    signal input b;
    signal output out;
    signal square;
    square <== a * a;
    out <-- square * b;
}
component main = Product();
