// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MultiSignerERC7913} from "@openzeppelin/contracts/utils/cryptography/signers/MultiSignerERC7913.sol";
import {Errors} from "@openzeppelin/contracts/utils/Errors.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ISignerGroup} from "../src/interfaces/ISignerGroup.sol";
import {ITreasury} from "../src/interfaces/ITreasury.sol";
import {FalseToken} from "../src/mocks/OddTokens.sol";
import {Treasury} from "../src/treasury/Treasury.sol";
import {OwnedWallet} from "./support/ConsentFixture.sol";
import {cheats} from "./support/MoreCheats.sol";
import {HashSigner} from "./support/SignerFixture.sol";
import {TreasuryFixture} from "./support/TreasuryFixture.sol";

/// @dev Carries a message to the treasury when it is called or paid, and passes its revert on.
contract Carrier {
    address private immutable treasury;
    bytes private message;

    constructor(address treasury_, bytes memory message_) {
        (treasury, message) = (treasury_, message_);
    }

    fallback() external payable {
        (bool ok, bytes memory answer) = treasury.call(message);
        if (ok) return;
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }
}

/// @dev Two of three move the fund; fewer, others, and what was signed for something else do not.
contract TreasuryTest is TreasuryFixture {
    error Reason(uint256 number);

    event Released(address indexed token, address indexed to, uint256 amount, uint256 nonce);
    event Executed(address indexed target, uint256 value, bytes data, uint256 nonce);
    event NonceCancelled(uint256 nonce);

    function setUp() public {
        deployTreasury();
    }

    function refuse(bytes memory data, bytes memory expected) private {
        assertRefused(address(treasury), data, expected);
        assertEq(token.balanceOf(PAYEE), 0, "nothing was paid");
    }

    function send(bytes memory data) private {
        (bool ok,) = address(treasury).call(data);
        assertTrue(ok, "refused");
    }

    function notSigned(uint256 nonce) private view returns (bytes memory) {
        bytes32 hash = releaseHash(address(token), PAYEE, 100, nonce, START + 1 hours);
        return
            abi.encodeWithSelector(ISignerGroup.SignaturesInvalid.selector, messageDigest(hash));
    }

    function mismatch(bytes32 structHash) private view returns (bytes memory) {
        return abi.encodeWithSelector(
            ISignerGroup.SignaturesInvalid.selector, messageDigest(structHash)
        );
    }

    // --- paying -------------------------------------------------------------------------------

    function testTwoOfThreePay() public {
        for (uint256 i = 0; i < 3; ++i) {
            uint256 who = 7 ^ (1 << i);
            vm.expectEmit(true, true, true, true, address(treasury));
            emit Released(address(token), PAYEE, 100, i);
            send(releaseBy(who, i));
            assertTrue(treasury.isUsed(i), "used");
            assertEq(token.balanceOf(PAYEE), 100 * (i + 1), "paid");
        }
        send(releaseBy(7, 3));
        assertEq(token.balanceOf(PAYEE), 400, "three of three");
    }

    function testAnybodyCarriesAMessage() public {
        vm.prank(address(0xA11));
        send(releaseBy(3, 1));
        assertEq(token.balanceOf(PAYEE), 100, "paid");
    }

    function testTheCoinIsPaid() public {
        bytes32 hash = releaseHash(address(0), PAYEE, 1 ether, 1, START);
        bytes memory signatures = signedBy(3, messageDigest(hash));
        treasury.release(address(0), PAYEE, 1 ether, 1, START, signatures);
        assertEq(PAYEE.balance, 1 ether, "coin");
        assertEq(address(treasury).balance, 0, "left");
    }

    function testTheTreasuryTakesTheCoinFromAnybody() public {
        cheats.deal(address(this), 5);
        (bool ok,) = address(treasury).call{value: 5}("");
        assertTrue(ok, "taken");
        assertEq(address(treasury).balance, 1 ether + 5, "coin");
    }

    function testOneSignerIsNotEnough() public {
        for (uint256 i = 0; i < 3; ++i) {
            refuse(releaseBy(1 << i, 1), notSigned(1));
        }
    }

    function testNoSignaturesAreNotEnough() public {
        refuse(releaseBy(0, 1), notSigned(1));
        refuse(releaseWith(1, ""), notSigned(1));
        refuse(releaseWith(1, hex"00"), notSigned(1));
        refuse(releaseWith(1, new bytes(64)), notSigned(1));
    }

    function testAStrangerDoesNotCount() public {
        refuse(releaseBy(1 | 8, 1), notSigned(1));
        refuse(releaseBy(3 | 8, 1), notSigned(1)); // not even beside two who do
    }

    function testASignerDoesNotCountTwice() public {
        bytes32 digest =
            messageDigest(releaseHash(address(token), PAYEE, 100, 1, START + 1 hours));
        (bytes[] memory signers, bytes[] memory signatures) = partsBy(3, digest);
        signers[1] = signers[0];
        signatures[1] = signatures[0];
        refuse(releaseWith(1, abi.encode(signers, signatures)), notSigned(1));
    }

    function testTheOrderOfSignersCounts() public {
        bytes32 digest =
            messageDigest(releaseHash(address(token), PAYEE, 100, 1, START + 1 hours));
        (bytes[] memory signers, bytes[] memory signatures) = partsBy(3, digest);
        (signers[0], signers[1]) = (signers[1], signers[0]);
        refuse(releaseWith(1, abi.encode(signers, signatures)), notSigned(1));
        (signatures[0], signatures[1]) = (signatures[1], signatures[0]);
        refuse(releaseWith(1, abi.encode(signers, signatures)), notSigned(1));
        (signers[0], signers[1]) = (signers[1], signers[0]);
        refuse(releaseWith(1, abi.encode(signers, signatures)), notSigned(1));
        bytes[] memory fewer = new bytes[](1);
        fewer[0] = signatures[1];
        refuse(releaseWith(1, abi.encode(signers, fewer)), notSigned(1));
    }

    function testAMessageServesOnce() public {
        bytes memory data = releaseBy(3, 1);
        send(data);
        bytes memory used = abi.encodeWithSelector(ITreasury.NonceUsed.selector, 1);
        assertRefused(address(treasury), data, used);
        assertRefused(address(treasury), releaseBy(6, 1), used);
        assertEq(token.balanceOf(PAYEE), 100, "once");
    }

    function testAMessageServesUntilItsDeadline() public {
        bytes memory data = releaseBy(3, 1);
        vm.warp(START + 1 hours + 1);
        refuse(data, abi.encodeWithSelector(ITreasury.MessageExpired.selector, START + 1 hours));
        vm.warp(START + 1 hours);
        send(data);
    }

    function testAMessageServesOnOneChainAndAtOneTreasury() public {
        bytes memory data = releaseBy(3, 1);
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        refuse(data, notSigned(1));
        vm.chainId(here);
        Treasury other = new Treasury(signersUpTo(3), 2);
        token.mint(address(other), FUNDS);
        (bool ok,) = address(other).call(data);
        assertTrue(!ok, "another treasury");
        send(data);
    }

    function testEachWordOfAReleaseIsSigned() public {
        uint256 deadline = START + 1 hours;
        bytes memory signatures = signedBy(
            3, messageDigest(releaseHash(address(token), PAYEE, 100, 1, deadline))
        );
        for (uint256 i = 0; i < 5; ++i) {
            address token_ = i == 0 ? address(this) : address(token);
            address to = i == 1 ? address(this) : PAYEE;
            uint256 amount = i == 2 ? 101 : 100;
            uint256 nonce = i == 3 ? 2 : 1;
            uint256 until = i == 4 ? deadline + 1 : deadline;
            refuse(
                abi.encodeCall(
                    ITreasury.release, (token_, to, amount, nonce, until, signatures)
                ),
                mismatch(releaseHash(token_, to, amount, nonce, until))
            );
        }
    }

    function testAFailedPaymentUsesNothing() public {
        bytes32 hash = releaseHash(address(token), PAYEE, FUNDS + 1, 1, START);
        bytes memory signatures = signedBy(3, messageDigest(hash));
        (bool ok,) = address(treasury)
            .call(
                abi.encodeCall(
                    ITreasury.release, (address(token), PAYEE, FUNDS + 1, 1, START, signatures)
                )
            );
        assertTrue(!ok, "more than there is");
        assertTrue(!treasury.isUsed(1), "used");
        token.mint(address(treasury), 1);
        treasury.release(address(token), PAYEE, FUNDS + 1, 1, START, signatures);
    }

    function testATokenThatAnswersFalseFails() public {
        FalseToken odd = new FalseToken();
        odd.setBroken(true);
        bytes32 hash = releaseHash(address(odd), PAYEE, 1, 1, START);
        bytes memory data = abi.encodeCall(
            ITreasury.release,
            (address(odd), PAYEE, 1, 1, START, signedBy(3, messageDigest(hash)))
        );
        refuse(
            data,
            abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(odd))
        );
    }

    function testCoinThatIsNotThereIsNotPaid() public {
        bytes32 hash = releaseHash(address(0), PAYEE, 2 ether, 1, START);
        bytes memory data = abi.encodeCall(
            ITreasury.release,
            (address(0), PAYEE, 2 ether, 1, START, signedBy(3, messageDigest(hash)))
        );
        refuse(
            data,
            abi.encodeWithSelector(Errors.InsufficientBalance.selector, 1 ether, 2 ether)
        );
    }

    function testFuzzNumbersAreUsedInAnyOrder(uint256 first, uint256 second) public {
        vm.assume(first != second);
        send(releaseBy(3, first));
        assertTrue(treasury.isUsed(first), "first");
        assertTrue(!treasury.isUsed(second), "second");
        send(releaseBy(5, second));
        assertEq(token.balanceOf(PAYEE), 200, "both");
    }

    // --- calling ------------------------------------------------------------------------------

    function answer(uint256 number) external payable returns (uint256) {
        if (number == 0) revert Reason(7);
        return number + msg.value;
    }

    function testTwoOfThreeCall() public {
        bytes memory data = abi.encodeCall(this.answer, (5));
        bytes32 hash = executeHash(address(this), 3, data, 9, START);
        bytes memory signatures = signedBy(5, messageDigest(hash));
        vm.expectEmit(true, true, true, true, address(treasury));
        emit Executed(address(this), 3, data, 9);
        bytes memory said = treasury.execute(address(this), 3, data, 9, START, signatures);
        assertEq(abi.decode(said, (uint256)), 8, "answer");
        assertTrue(treasury.isUsed(9), "used");
        bytes memory again =
            abi.encodeCall(ITreasury.execute, (address(this), 3, data, 9, START, signatures));
        refuse(again, abi.encodeWithSelector(ITreasury.NonceUsed.selector, 9));
    }

    function testARevertIsPassedOnAndUsesNothing() public {
        bytes memory data = abi.encodeCall(this.answer, (0));
        refuse(
            executeBy(3, address(this), data, 9),
            abi.encodeWithSelector(Reason.selector, 7)
        );
        assertTrue(!treasury.isUsed(9), "used");
    }

    function testACallToNothingFails() public {
        refuse(
            executeBy(3, PAYEE, hex"12345678", 9),
            abi.encodeWithSignature("AddressEmptyCode(address)", PAYEE)
        );
    }

    function testEachWordOfACallIsSigned() public {
        bytes memory data = abi.encodeCall(this.answer, (5));
        bytes memory signatures =
            signedBy(3, messageDigest(executeHash(address(this), 0, data, 9, START)));
        for (uint256 i = 0; i < 5; ++i) {
            address target = i == 0 ? address(token) : address(this);
            uint256 value = i == 1 ? 1 : 0;
            bytes memory said = i == 2 ? abi.encodeCall(this.answer, (6)) : data;
            uint256 nonce = i == 3 ? 8 : 9;
            uint256 until = i == 4 ? START + 1 : START;
            refuse(
                abi.encodeCall(
                    ITreasury.execute, (target, value, said, nonce, until, signatures)
                ),
                mismatch(executeHash(target, value, said, nonce, until))
            );
        }
        treasury.execute(address(this), 0, data, 9, START, signatures);
    }

    function testACallServesUntilItsDeadline() public {
        bytes memory data = executeBy(3, address(this), abi.encodeCall(this.answer, (5)), 9);
        vm.warp(START + 1);
        refuse(data, abi.encodeWithSelector(ITreasury.MessageExpired.selector, START));
    }

    function testOneSignerDoesNotCall() public {
        bytes memory data = abi.encodeCall(this.answer, (5));
        refuse(
            executeBy(1, address(this), data, 9),
            mismatch(executeHash(address(this), 0, data, 9, START))
        );
    }

    function testWhatIsCalledCannotUseAMessage() public {
        bytes memory guarded =
            abi.encodeWithSelector(ReentrancyGuard.ReentrancyGuardReentrantCall.selector);
        Carrier carrier = new Carrier(address(treasury), releaseBy(3, 1));
        refuse(executeBy(3, address(carrier), "", 9), guarded);
        carrier =
            new Carrier(address(treasury), executeBy(3, address(this), abi.encode(this.answer.selector), 1));
        refuse(executeBy(3, address(carrier), "", 9), guarded);
        bytes32 hash = releaseHash(address(0), address(carrier), 1, 2, START);
        refuse(
            abi.encodeCall(
                ITreasury.release,
                (address(0), address(carrier), 1, 2, START, signedBy(3, messageDigest(hash)))
            ),
            guarded
        );
    }

    // --- cancelling ---------------------------------------------------------------------------

    function testACancelledNumberServesNoMore() public {
        vm.expectEmit(true, true, true, true, address(treasury));
        emit NonceCancelled(1);
        send(cancelBy(6, 1));
        bytes memory used = abi.encodeWithSelector(ITreasury.NonceUsed.selector, 1);
        refuse(releaseBy(3, 1), used);
        refuse(cancelBy(3, 1), used);
        send(releaseBy(3, 2));
    }

    function testOneSignerDoesNotCancel() public {
        refuse(cancelBy(2, 1), mismatch(cancelHash(1)));
        refuse(
            abi.encodeCall(
                ITreasury.cancel, (2, signedBy(3, messageDigest(cancelHash(1))))
            ),
            mismatch(cancelHash(2))
        );
        send(releaseBy(3, 1));
    }

    function testAMessageOfOneKindIsNoneOfAnother() public {
        bytes memory signatures = signedBy(3, messageDigest(cancelHash(1)));
        refuse(releaseWith(1, signatures), notSigned(1));
    }

    // --- signers ------------------------------------------------------------------------------

    function testARemovedSignerDoesNotCount() public {
        bytes[] memory gone = one(signerOf(KEY + 1));
        send(
            executeBy(
                5, address(treasury), abi.encodeCall(ISignerGroup.removeSigners, (gone)), 1
            )
        );
        refuse(releaseBy(3, 2), notSigned(2));
        send(releaseBy(5, 2));
        assertEq(treasury.getSignerCount(), 2, "two are left");
    }

    function testANewSignerCounts() public {
        bytes[] memory added = one(signerOf(KEY + 3));
        send(
            executeBy(
                5, address(treasury), abi.encodeCall(ISignerGroup.addSigners, (added)), 1
            )
        );
        send(releaseBy(9, 2));
        assertTrue(treasury.isSigner(signerOf(KEY + 3)), "signer");
    }

    function testAHigherThresholdCounts() public {
        send(
            executeBy(
                5, address(treasury), abi.encodeCall(ISignerGroup.setThreshold, (3)), 1
            )
        );
        refuse(releaseBy(3, 2), notSigned(2));
        send(releaseBy(7, 2));
    }

    function testOnlyTheTreasuryChangesItsSigners() public {
        bytes[] memory who = one(signerOf(KEY + 2));
        bytes memory expected =
            abi.encodeWithSelector(ISignerGroup.GovernorOnly.selector, address(this));
        refuse(abi.encodeCall(ISignerGroup.addSigners, (who)), expected);
        refuse(abi.encodeCall(ISignerGroup.removeSigners, (who)), expected);
        refuse(abi.encodeCall(ISignerGroup.setThreshold, (2)), expected);
        assertEq(treasury.governor(), address(treasury), "governor");
    }

    function testNobodySignsAlone() public {
        bytes memory low = abi.encodeWithSelector(ISignerGroup.ThresholdTooLow.selector, 1);
        refuse(
            executeBy(
                3, address(treasury), abi.encodeCall(ISignerGroup.setThreshold, (1)), 1
            ),
            low
        );
        vm.expectRevert(low);
        new Treasury(signersUpTo(3), 1);
        vm.expectRevert(abi.encodeWithSelector(ISignerGroup.ThresholdTooLow.selector, 0));
        new Treasury(signersUpTo(3), 0);
    }

    function testAsManyAsTheThresholdRemain() public {
        bytes memory unreachable = abi.encodeWithSelector(
            MultiSignerERC7913.MultiSignerERC7913UnreachableThreshold.selector, 1, 2
        );
        bytes[] memory gone = new bytes[](2);
        (gone[0], gone[1]) = (signerOf(KEY), signerOf(KEY + 1));
        refuse(
            executeBy(
                5, address(treasury), abi.encodeCall(ISignerGroup.removeSigners, (gone)), 1
            ),
            unreachable
        );
        vm.expectRevert(unreachable);
        new Treasury(signersUpTo(1), 2);
    }

    function testSignersDoNotRepeat() public {
        bytes[] memory twice = new bytes[](2);
        (twice[0], twice[1]) = (signerOf(KEY), signerOf(KEY));
        vm.expectRevert(
            abi.encodeWithSelector(
                MultiSignerERC7913.MultiSignerERC7913AlreadyExists.selector, signerOf(KEY)
            )
        );
        new Treasury(twice, 2);
    }

    function testSignersWhoCouldSignNothingOrEverythingAreRefused() public {
        bytes[4] memory wrong = [
            abi.encodePacked(address(0)),
            abi.encodePacked(address(treasury)),
            abi.encodePacked(address(4), "key"), // answers with what it is asked
            abi.encodePacked(PAYEE, "key")
        ];
        for (uint256 i = 0; i < wrong.length; ++i) {
            bytes memory data = abi.encodeCall(ISignerGroup.addSigners, (one(wrong[i])));
            refuse(
                executeBy(3, address(treasury), data, 1),
                abi.encodeWithSelector(ISignerGroup.SignerInvalid.selector, wrong[i])
            );
        }
        bytes memory short = hex"000000000000000000000000000000000000ff";
        refuse(
            executeBy(
                3,
                address(treasury),
                abi.encodeCall(ISignerGroup.addSigners, (one(short))),
                1
            ),
            abi.encodeWithSelector(
                MultiSignerERC7913.MultiSignerERC7913InvalidSigner.selector, short
            )
        );
    }

    function testAWalletAndAVerifierSign() public {
        bytes memory wallet =
            abi.encodePacked(address(new OwnedWallet(cheats.addr(KEY + 5))));
        bytes memory verifier = abi.encodePacked(address(new HashSigner()), "key");
        bytes[] memory signers = new bytes[](2);
        (signers[0], signers[1]) = (wallet, verifier);
        treasury = new Treasury(signers, 2);
        token.mint(address(treasury), FUNDS);
        bytes32 digest =
            messageDigest(releaseHash(address(token), PAYEE, 100, 1, START + 1 hours));
        bytes[] memory signatures = new bytes[](2);
        insert(signers, signatures, 0, wallet, signatureOf(KEY + 5, digest));
        bytes memory right = abi.encodePacked(bytes8(keccak256(abi.encode(bytes("key"), digest))));
        insert(signers, signatures, 1, verifier, "wrong");
        bytes memory wrong = abi.encode(signers, signatures);
        refuse(releaseWith(1, wrong), notSigned(1));
        (signers, signatures) = (new bytes[](2), new bytes[](2));
        insert(signers, signatures, 0, wallet, signatureOf(KEY + 5, digest));
        insert(signers, signatures, 1, verifier, right);
        send(releaseWith(1, abi.encode(signers, signatures)));
        assertEq(token.balanceOf(PAYEE), 100, "paid");
    }
}
