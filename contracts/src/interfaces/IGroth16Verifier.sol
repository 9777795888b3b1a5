// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Groth16 verifier over BN254 for one verification key
/// @notice A verification returns nothing when the proof holds and reverts otherwise. It never
///         answers "false": a pairing that ran out of gas must not look like a bad proof to a
///         caller that would record a rejection.
/// @dev Encodings, everywhere in this interface (EIP-196, EIP-197):
///      - a G1 point is two words `x, y`; a G2 point is four, the imaginary part of each
///        coordinate first: `x.c1, x.c0, y.c1, y.c0`;
///      - a proof is `A (2) | B (4) | C (2)`, eight words;
///      - a key is `alpha (2) | beta (4) | gamma (4) | delta (4) | IC (2 each, inputs + 1)`,
///        words concatenated without a header, `32 * (16 + 2 * inputs)` bytes.
///
///      Assumptions:
///      - the precompiles at 6, 7 and 8 behave as EIP-196 and EIP-197 say (price is not assumed);
///      - the key came from an honest setup; the constructor refuses keys that are forgeable by
///        shape alone, no contract can see who knows the setup's secrets.
///
///      Warning: Groth16 proofs can be re-randomised. Never use the bytes of a proof as an
///      identifier; bind what must not be replayed into a public input.
///      Warning: a B that is on the twist but outside the prime-order subgroup is refused only by
///      the pairing precompile, which then burns the gas it was given. Whoever pays for others'
///      proofs verifies them off chain first.
interface IGroth16Verifier {
    /// @notice Thrown when the key's length does not fit any number of inputs.
    /// @dev A key of more than 375 inputs is too long for the code of a contract, and is refused
    ///      with DataTooLong.
    /// @param length Length that was given, bytes.
    error KeyLengthInvalid(uint256 length);
    /// @notice Thrown when a point of the key is not canonical, at infinity, or off its curve or
    ///         subgroup.
    /// @param word Index of the point's first word in the key, or the number of words when the
    ///        subgroup check of beta, gamma and delta failed.
    error KeyPointInvalid(uint256 word);
    /// @notice Thrown when the key lets anybody forge: two of beta, gamma, delta are equal or
    ///         opposite, delta is the generator or its negative (a setup without a second phase),
    ///         or alpha or beta is (a first phase without a contribution).
    error KeyForgeable();
    /// @notice Thrown when two points of IC are equal or opposite: a proof for some inputs would
    ///         then hold for others, with the two exchanged or changed by the same amount.
    /// @param first Index of one of them in IC, from 0; the last pair that was found.
    /// @param second Index of the other, above the first.
    error KeyInputsDependent(uint256 first, uint256 second);
    /// @notice Thrown when the number of public inputs differs from what the key asks for.
    /// @param expected Number of inputs that the key asks for, for all proofs of the call together.
    /// @param given Number of inputs that were passed.
    error InputCountInvalid(uint256 expected, uint256 given);
    /// @notice Thrown when a public input is not below the scalar field's order.
    /// @param index Position of the input in the array that was passed, from 0.
    error InputOutOfField(uint256 index);
    /// @notice Thrown when a point of a proof is not canonical, at infinity, or off its curve.
    /// @param proof Position of the proof in the array, from 0; 0 for a single proof.
    error ProofPointInvalid(uint256 proof);
    /// @notice Thrown when a precompile fails: too little gas, or a point outside its subgroup.
    error PrecompileFailed();
    /// @notice Thrown when the pairing equation does not hold.
    error ProofInvalid();
    /// @notice Thrown when a batch is empty: it would prove nothing.
    error BatchEmpty();

    /// @notice Number of public inputs of the statement; fixed at deployment.
    /// @return The number, from 1.
    function inputCount() external view returns (uint256);

    /// @notice Digest of the verification key; fixed at deployment.
    /// @return keccak256 of the key's bytes.
    function keyDigest() external view returns (bytes32);

    /// @notice The data contract whose code holds the key; fixed at deployment.
    /// @return Address of the contract; its code is a zero byte followed by the key's bytes.
    function keyPointer() external view returns (address);

    /// @notice The verification key as deployed.
    /// @return key The key's bytes, encoded as above.
    function verificationKey() external view returns (bytes memory key);

    /// @notice Reverts unless `proof` proves the statement for `inputs`.
    /// @param proof The proof, eight words, encoded as above.
    /// @param inputs The public inputs in the statement's declared order, each below r.
    function verify(uint256[8] calldata proof, uint256[] calldata inputs) external view;

    /// @notice Reverts unless every proof holds for its inputs; cheaper for two or more proofs.
    /// @dev Random linear combination: proof i is weighted by 1 (i = 0) or by 128 bits of
    ///      keccak256(seed, i), and the seed hashes chain, contract, key, all proofs and inputs,
    ///      so a combination that cancels cannot be chosen after the weights are known.
    /// @param proofs The proofs, eight words each, at least one.
    /// @param inputs The public inputs, proof after proof: `proofs.length * inputCount()` words.
    function verifyBatch(uint256[8][] calldata proofs, uint256[] calldata inputs) external view;
}
