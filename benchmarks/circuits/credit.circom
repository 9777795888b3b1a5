pragma circom 2.1.0;

// A credit statement written with circomlib, the way most circuits are: an issuer's EdDSA-Poseidon
// signature over a record, the issuer in a registry, the record not in a revocation list, and a
// policy. It exists to be proved by several provers; `eligibility` says the same in fewer constraints.

include "bitify.circom";
include "comparators.circom";
include "eddsaposeidon.circom";
include "mux1.circom";
include "poseidon.circom";

template MerkleRoot(depth) {
    signal input leaf;
    signal input siblings[depth];
    signal input sides[depth];
    signal output root;

    component swap[depth];
    component hash[depth];
    signal at[depth + 1];
    at[0] <== leaf;
    for (var i = 0; i < depth; i++) {
        sides[i] * (1 - sides[i]) === 0;
        swap[i] = MultiMux1(2);
        swap[i].c[0][0] <== at[i];
        swap[i].c[0][1] <== siblings[i];
        swap[i].c[1][0] <== siblings[i];
        swap[i].c[1][1] <== at[i];
        swap[i].s <== sides[i];
        hash[i] = Poseidon(2);
        hash[i].inputs[0] <== swap[i].out[0];
        hash[i].inputs[1] <== swap[i].out[1];
        at[i + 1] <== hash[i].out;
    }
    root <== at[depth];
}

template Credit(registryDepth, revocationDepth) {
    signal input minScore;
    signal input instalment;
    signal input coverageBps;
    signal input now;
    signal input registryRoot;
    signal input scope;
    signal input context;
    signal input nullifier;

    signal input secret;
    signal input score;
    signal input income;
    signal input expenses;
    signal input debtService;
    signal input expiresAt;
    signal input revocationId;
    signal input issuerX;
    signal input issuerY;
    signal input r8x;
    signal input r8y;
    signal input s;
    signal input registrySiblings[registryDepth];
    signal input registrySides[registryDepth];
    signal input gapLow;
    signal input gapHigh;
    signal input revocationSiblings[revocationDepth];
    signal input revocationSides[revocationDepth];

    component holder = Poseidon(1);
    holder.inputs[0] <== secret;
    component pseudonym = Poseidon(2);
    pseudonym.inputs[0] <== secret;
    pseudonym.inputs[1] <== scope;
    pseudonym.out === nullifier;

    component message = Poseidon(7);
    message.inputs[0] <== holder.out;
    message.inputs[1] <== score;
    message.inputs[2] <== income;
    message.inputs[3] <== expenses;
    message.inputs[4] <== debtService;
    message.inputs[5] <== expiresAt;
    message.inputs[6] <== revocationId;

    component signature = EdDSAPoseidonVerifier();
    signature.enabled <== 1;
    signature.Ax <== issuerX;
    signature.Ay <== issuerY;
    signature.R8x <== r8x;
    signature.R8y <== r8y;
    signature.S <== s;
    signature.M <== message.out;

    component gap = Poseidon(2);
    gap.inputs[0] <== gapLow;
    gap.inputs[1] <== gapHigh;
    component revocation = MerkleRoot(revocationDepth);
    revocation.leaf <== gap.out;
    for (var i = 0; i < revocationDepth; i++) {
        revocation.siblings[i] <== revocationSiblings[i];
        revocation.sides[i] <== revocationSides[i];
    }
    component above = LessThan(32);
    above.in[0] <== gapLow;
    above.in[1] <== revocationId;
    above.out === 1;
    component below = LessThan(33);
    below.in[0] <== revocationId;
    below.in[1] <== gapHigh;
    below.out === 1;

    component issuer = Poseidon(3);
    issuer.inputs[0] <== issuerX;
    issuer.inputs[1] <== issuerY;
    issuer.inputs[2] <== revocation.root;
    component registry = MerkleRoot(registryDepth);
    registry.leaf <== issuer.out;
    for (var i = 0; i < registryDepth; i++) {
        registry.siblings[i] <== registrySiblings[i];
        registry.sides[i] <== registrySides[i];
    }
    registry.root === registryRoot;

    component small[3];
    for (var i = 0; i < 3; i++) {
        small[i] = Num2Bits(48);
    }
    small[0].in <== income;
    small[1].in <== expenses;
    small[2].in <== debtService;

    component enough = GreaterEqThan(16);
    enough.in[0] <== score;
    enough.in[1] <== minScore;
    enough.out === 1;
    component fresh = LessThan(40);
    fresh.in[0] <== now;
    fresh.in[1] <== expiresAt;
    fresh.out === 1;
    signal needed;
    needed <== coverageBps * instalment;
    component affordable = GreaterEqThan(68);
    affordable.in[0] <== (income - expenses - debtService) * 10000;
    affordable.in[1] <== needed;
    affordable.out === 1;

    signal bound;
    bound <== context * context;
}

component main {public [
    minScore, instalment, coverageBps, now, registryRoot, scope, context, nullifier
]} = Credit(6, 16);
