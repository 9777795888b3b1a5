// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What contracts require of addresses and ages that they are given
/// @notice A contract that cannot be changed after deployment must not be deployed with a mistyped
///         address or age: it would only fail later, call by call. A call to a contract of another
///         kind fails without a reason, so such an address is asked first.
library Requirements {
    uint256 private constant MAX_AGE = 365 days;

    /// @notice Thrown when an address has no code, but a contract must be there. Address 0 has none.
    /// @param account The address.
    error NotAContract(address account);
    /// @notice Thrown when a contract does not answer as every contract of the kind that is needed
    ///         there does: for example, a gate without arbiters in the place of an escrow gate.
    /// @param account The address.
    error WrongKind(address account);
    /// @notice Thrown when an age is above 365 days, as it is if milliseconds were meant.
    /// @param age The age, seconds.
    error AgeInvalid(uint256 age);

    /// @notice Reverts with NotAContract unless the address has code.
    function requireCode(address account) internal view {
        if (account.code.length == 0) revert NotAContract(account);
    }

    /// @notice Reverts with NotAContract or WrongKind unless a contract answers with one word.
    /// @dev `question` calls a function that contracts of one kind have, and others have not.
    function requireKind(address account, bytes memory question) internal view {
        requireAnswer(account, question, 1);
    }

    /// @notice Returns a contract's answer, which is one word. Reverts with NotAContract or
    ///         WrongKind.
    function requireWord(address account, bytes memory question) internal view returns (uint256) {
        return abi.decode(requireAnswer(account, question, 1), (uint256));
    }

    /// @notice Returns a contract's answer, which is one address. Reverts with NotAContract or
    ///         WrongKind.
    function requireAddress(address account, bytes memory question)
        internal
        view
        returns (address)
    {
        uint256 word = requireWord(account, question);
        if (word >> 160 != 0) revert WrongKind(account);
        return address(uint160(word));
    }

    /// @notice Returns a contract's answer, which has `words` words. Reverts with NotAContract or
    ///         WrongKind.
    function requireAnswer(address account, bytes memory question, uint256 words)
        internal
        view
        returns (bytes memory answer)
    {
        requireCode(account);
        bool ok;
        (ok, answer) = account.staticcall(question);
        if (!ok || answer.length != 32 * words) revert WrongKind(account);
    }

    /// @notice Reverts with AgeInvalid if an age, in seconds, is above 365 days.
    function requireAge(uint256 age) internal pure {
        if (age > MAX_AGE) revert AgeInvalid(age);
    }
}
